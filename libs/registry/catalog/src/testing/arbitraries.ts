import { incarnation, leaseId, revision } from '@portolan/kv';
import fc from 'fast-check';
import { checkNode, checkRegistration } from '../input/check-registration.ts';
import { checkReport } from '../input/check-report.ts';
import { checkQuery } from '../input/check-query.ts';
import type {
  Check,
  Health,
  Instance,
  Node,
  Owner,
  Query,
  Reason,
  Registration,
  Resolution,
  Verdict,
} from '../model.ts';

const aName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/);
const aTag = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => !/\p{Cc}/u.test(text));
const aTags = fc.uniqueArray(aTag, { maxLength: 4 });
const metadata = fc
  .dictionary(aTag, fc.string({ maxLength: 20, unit: 'grapheme' }), { maxKeys: 4, noNullPrototype: true })
  .map((entries) => Object.fromEntries(Object.entries(entries).filter(([key]) => key !== '__proto__')));
const aRevision = fc.nat({ max: Number.MAX_SAFE_INTEGER }).map(revision);
const aLeaseId = fc.bigInt({ min: 1n, max: 2n ** 62n }).map(leaseId);

const aHealth = fc.constantFrom<Health[]>('passing', 'warning', 'critical');

export const aCheck: fc.Arbitrary<Check> = fc
  .record({
    id: aName.filter((id) => id !== 'session' && id !== 'node'),
    status: aHealth,
    output: fc.string({ maxLength: 40, unit: 'grapheme' }),
    since: fc.nat({ max: 8.64e15 }),
  })
  .map(checkReport);

export const aNode: fc.Arbitrary<Node> = fc
  .record({ name: aName, address: fc.constantFrom('10.0.0.1', 'host-1', '::1'), metadata })
  .map(checkNode);

export const aRegistration: fc.Arbitrary<Registration> = fc
  .record({
    service: aName,
    id: aName,
    node: fc.option(aName, { nil: '' }),
    address: fc.constantFrom('10.0.0.1', 'cart.shop.svc', '::1'),
    ports: fc.uniqueArray(fc.record({ name: aName, number: fc.integer({ min: 1, max: 65_535 }) }), {
      minLength: 1,
      maxLength: 4,
      selector: ({ name }) => name,
    }),
    tags: aTags,
    metadata,
    weight: fc.integer({ min: 1, max: 65_535 }),
  })
  .map(checkRegistration);

export const anOwner: fc.Arbitrary<Owner> = fc.oneof(
  aLeaseId.map((id) => ({ kind: 'lease' as const, id })),
  aNode.map(({ name }) => ({ kind: 'agent' as const, node: name, deregisterAfterSeconds: 60 })),
  aName.map((name) => ({ kind: 'operator' as const, principal: `operator:${name}` })),
);

export const aQuery: fc.Arbitrary<Query> = fc
  .record({
    service: aName,
    portName: fc.option(aName, { nil: '' }),
    tags: aTags,
    metadata,
    includeUnhealthy: fc.boolean(),
  })
  .map(checkQuery);

const anInstance: fc.Arbitrary<Instance> = fc.record({
  registration: aRegistration,
  owner: anOwner,
  checks: fc.array(aCheck, { maxLength: 3 }),
  health: aHealth,
  createRevision: aRevision,
  modRevision: aRevision,
});

const aVerdict: fc.Arbitrary<Verdict> = fc.record({
  instanceId: aRegistration.map(({ id }) => id),
  included: fc.boolean(),
  reasons: fc.array(
    fc.record({
      kind: fc.constantFrom<Reason['kind'][]>('check', 'lease', 'filter', 'suspicion'),
      detail: fc.string(),
      revision: aRevision,
    }),
    { maxLength: 3 },
  ),
});

export const aResolution: fc.Arbitrary<Resolution> = fc.record({
  incarnation: fc.string().map(incarnation),
  revision: aRevision,
  instances: fc.array(anInstance, { maxLength: 3 }),
  verdicts: fc.array(aVerdict, { maxLength: 3 }),
});
