import fc from 'fast-check';
import { KEYSPACES, leaseId, revision, sessionId } from '../ids.ts';
import { keyOf } from '../key.ts';
import { keysBetween, keysFrom, keysWithPrefix, oneKey, type KeyRange } from '../key-range.ts';
import type { RangeQuery, Sort } from '../range-request.ts';
import type { Compare, CompareTarget, Idempotency, NestedTxn, Operation } from '../txn-request.ts';
import type { WatchRequest } from '../watch-request.ts';
import { bytesOf } from './shorthand.ts';

// Few keys, values, leases and revisions: that they meet is the point.
export const aKeyspace = fc.constantFrom(...KEYSPACES, 'user' as const, 'user' as const);
const aKey = fc.constantFrom('a', 'ab', 'b', 'c', 'd').map(keyOf);
const aValue = fc.constantFrom('', '1', '2', '10').map(bytesOf);
export const aLeaseId = fc.bigInt({ min: 1n, max: 4n }).map(leaseId);
export const aRevision = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })).map(revision);

export const aRange: fc.Arbitrary<KeyRange> = fc.oneof(
  { weight: 3, arbitrary: aKey.map(oneKey) },
  aKey.map(keysWithPrefix),
  fc.constant(keysWithPrefix(keyOf(''))),
  aKey.map(keysFrom),
  fc.tuple(aKey, aKey).map(([low, high]) => keysBetween(low, high)),
);

const aSort: fc.Arbitrary<Sort> = fc.record({
  target: fc.constantFrom('key', 'version', 'create', 'mod', 'value'),
  order: fc.constantFrom('ascend', 'descend'),
});

export const aQuery: fc.Arbitrary<RangeQuery> = fc.record(
  {
    keyspace: aKeyspace,
    keys: aRange,
    revision: aRevision,
    limit: fc.integer({ min: 1, max: 4 }),
    select: fc.constantFrom('key-values', 'keys', 'count'),
    sort: aSort,
    minModRevision: aRevision,
    maxModRevision: aRevision,
    minCreateRevision: aRevision,
    maxCreateRevision: aRevision,
  },
  { requiredKeys: ['keyspace', 'keys'] },
);

const aTarget: fc.Arbitrary<CompareTarget> = fc.oneof(
  fc.record({ kind: fc.constant('version' as const), value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('create', 'mod'), value: aRevision }),
  fc.record({ kind: fc.constant('lease' as const), value: fc.option(aLeaseId, { nil: undefined }) }),
  fc.record({ kind: fc.constant('value' as const), value: aValue }),
);

const aCompare: fc.Arbitrary<Compare> = fc.record({
  keyspace: aKeyspace,
  keys: aRange,
  relation: fc.constantFrom('equal', 'not-equal', 'less', 'greater'),
  target: aTarget,
});

const aPut = fc.record(
  {
    kind: fc.constant('put' as const),
    keyspace: aKeyspace,
    key: aKey,
    value: fc.oneof({ weight: 5, arbitrary: aValue }, fc.constant('keep' as const)),
    lease: fc.oneof({ weight: 3, arbitrary: aLeaseId }, fc.constant('keep' as const)),
    previous: fc.boolean(),
  },
  { requiredKeys: ['kind', 'keyspace', 'key', 'value'] },
);

const aDelete = fc.record({
  kind: fc.constant('delete' as const),
  keyspace: aKeyspace,
  keys: aRange,
  previous: fc.boolean(),
});

const aLeaf: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: aPut },
  { weight: 2, arbitrary: aDelete },
  aQuery.map((query) => ({ kind: 'range' as const, ...query })),
);

function aTxnOf(operation: fc.Arbitrary<Operation>): fc.Arbitrary<NestedTxn> {
  return fc.record({
    compares: fc.array(aCompare, { maxLength: 2 }),
    success: fc.array(operation, { maxLength: 3 }),
    failure: fc.array(operation, { maxLength: 2 }),
  });
}

const asOperation = (txn: NestedTxn): Operation => ({ kind: 'txn', ...txn });
const aNested = aTxnOf(aLeaf).map(asOperation);
const aDeeper = aTxnOf(fc.oneof({ weight: 3, arbitrary: aLeaf }, aNested)).map(asOperation);

export const aTxn = aTxnOf(fc.oneof({ weight: 6, arbitrary: aLeaf }, aNested, aDeeper));

export const anIdempotency: fc.Arbitrary<Idempotency> = fc.record({
  session: fc.bigInt({ min: 1n, max: 2n }).map(sessionId),
  sequence: fc.integer({ min: 1, max: 5 }),
});

export const aSinglePut = aPut.map((put): NestedTxn => ({ success: [put] }));

export const aWatch: fc.Arbitrary<Omit<WatchRequest, 'principal'>> = fc.record(
  {
    keyspace: aKeyspace,
    keys: aRange,
    startRevision: aRevision,
    previous: fc.boolean(),
    events: fc.constantFrom('all', 'puts', 'deletes'),
  },
  { requiredKeys: ['keyspace', 'keys'] },
);
