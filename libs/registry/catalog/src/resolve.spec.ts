import { incarnation, leaseId, revision } from '@portolan/kv';
import type { Check, Instance, Owner } from './model.ts';
import type { KnownInstance } from './records.ts';
import { resolve } from './resolve.ts';
import { check, idsOf, query, registration } from './testing/catalog-under-test.ts';
import type { RawRegistration } from './input/check-registration.ts';
import type { RawQuery } from './input/check-query.ts';

const AT = { incarnation: incarnation('i'), revision: revision(9) };
const SINCE = 'since 2026-01-01T00:00:00.000Z';

interface Given {
  readonly says?: Partial<RawRegistration>;
  readonly checks?: readonly Check[];
  readonly owner?: Owner;
}

function known(id: string, { says, checks = [], owner = { kind: 'lease', id: leaseId(5n) } }: Given): KnownInstance {
  const statuses = checks.map(({ status }) => status);
  const instance: Instance = {
    registration: registration(id, says),
    owner,
    checks,
    health: statuses.find((status) => status === 'critical') ?? statuses[0] ?? 'passing',
    createRevision: revision(2),
    modRevision: revision(4),
  };
  const lease = owner.kind === 'lease' ? owner.id : undefined;
  const knownChecks = checks.map((one, index) => ({ check: one, changedAt: revision(index + 5) }));
  return { instance, lease, registeredAt: revision(3), checks: knownChecks };
}

const cases: [string, Given, Partial<RawQuery>, boolean, string[]][] = [
  ['one without checks', {}, {}, true, ['lease 3: held by lease 5; it goes when the lease ends']],
  [
    "an operator's",
    { owner: { kind: 'operator', principal: 'operator:ada' } },
    {},
    true,
    ['lease 3: held by operator:ada; it stays until it is removed'],
  ],
  [
    'one whose check passes',
    { checks: [check('ready', 'passing')] },
    {},
    true,
    [`check 5: check ready is passing (${SINCE})`, 'lease 3: held by lease 5; it goes when the lease ends'],
  ],
  [
    'one that is not well',
    { checks: [check('disk', 'warning', '90 % full'), check('ready', 'critical')] },
    {},
    false,
    [`check 5: check disk is warning: 90 % full (${SINCE})`, `check 6: check ready is critical (${SINCE})`],
  ],
  [
    'one that is not well, when those are asked for',
    { checks: [check('ready', 'critical')] },
    { includeUnhealthy: true },
    true,
    [`check 5: check ready is critical (${SINCE})`, 'lease 3: held by lease 5; it goes when the lease ends'],
  ],
  ['one without the port', {}, { portName: 'http' }, false, ['filter 3: no port is named http; it has grpc']],
  [
    'one without a tag',
    { says: { tags: ['a'] } },
    { tags: ['a', 'b'] },
    false,
    ['filter 3: it does not carry the tag b'],
  ],
  [
    'one with other metadata',
    { says: { metadata: { zone: 'a' } } },
    { metadata: { zone: 'b', rack: '1' } },
    false,
    ['filter 3: its metadata has no rack; asked for was 1', 'filter 3: its metadata zone is a; asked for was b'],
  ],
  [
    'one that has what is asked for',
    { says: { tags: ['a', 'b'], metadata: { zone: 'a', rack: '1' } } },
    { portName: 'grpc', tags: ['b'], metadata: { zone: 'a' } },
    true,
    ['lease 3: held by lease 5; it goes when the lease ends'],
  ],
  [
    'one whose metadata only inherits the key',
    {},
    { metadata: { constructor: 'x' } },
    false,
    ['filter 3: its metadata has no constructor; asked for was x'],
  ],
];

describe('resolve', () => {
  it.each(cases)('of %s', (_, given, asked, included, reasons) => {
    const resolution = resolve([known('a', given)], query(asked), AT, true);
    expect(resolution).toMatchObject({ ...AT, verdicts: [{ instanceId: 'a', included }] });
    expect(idsOf(resolution)).toEqual(included ? ['a'] : []);
    expect(resolve([known('a', given)], query(asked), AT, false)).toEqual({ ...resolution, verdicts: [] });
    expect(
      resolution.verdicts[0]?.reasons.map(({ kind, detail, revision: since }) => `${kind} ${since}: ${detail}`),
    ).toEqual(reasons);
  });

  it('names what an agent holds', () => {
    const { instance } = known('a', {});
    const owner: Owner = {
      kind: 'agent',
      node: registration('a', { node: 'host-1' }).node ?? failed(),
      deregisterAfterSeconds: 60,
    };
    const { verdicts } = resolve([{ ...known('a', {}), instance: { ...instance, owner } }], query(), AT, true);
    expect(verdicts[0]?.reasons[0]?.detail).toBe('held by the agent on host-1');
  });
});

function failed(): never {
  throw new Error('a registration with a node has one');
}
