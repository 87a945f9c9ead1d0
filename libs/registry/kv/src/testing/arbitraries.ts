import fc from 'fast-check';
import { checkDuplicates } from '../check-duplicates.ts';
import { DuplicateKeyError } from '../errors.ts';
import { KEYSPACES, leaseId, revision, sessionId, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import { keyFromBytes, keyOf, type Key } from '../key.ts';
import { keysBetween, keysFrom, keysWithPrefix, oneKey, type KeyRange } from '../key-range.ts';
import type { Command } from '../machine/command.ts';
import type { RangeQuery, Sort } from '../range-request.ts';
import type { Compare, CompareTarget, Idempotency, NestedTxn, Operation, PutOperation } from '../txn-request.ts';
import type { WatchRequest } from '../watch-request.ts';
import { bytesOf } from './shorthand.ts';

/** What arbitrary requests are made of. */
interface Domain {
  readonly keyspace: fc.Arbitrary<Keyspace>;
  readonly key: fc.Arbitrary<Key>;
  readonly value: fc.Arbitrary<Uint8Array>;
  readonly leaseId: fc.Arbitrary<LeaseId>;
  readonly revision: fc.Arbitrary<Revision>;
}

/** Few keys, values, leases and revisions: that they meet is the point. */
const MEETING: Domain = {
  keyspace: fc.constantFrom(...KEYSPACES, 'user' as const, 'user' as const),
  key: fc.constantFrom('a', 'ab', 'b', 'c', 'd').map(keyOf),
  value: fc.constantFrom('', '1', '2', '10').map(bytesOf),
  leaseId: fc.bigInt({ min: 1n, max: 4n }).map(leaseId),
  revision: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })).map(revision),
};

/** Whatever a request may hold: that nothing is lost on the way is the point. */
export const ANYTHING: Domain = {
  keyspace: fc.constantFrom(...KEYSPACES),
  key: fc.uint8Array({ minLength: 1, maxLength: 300 }).map(keyFromBytes),
  value: fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 100, maxLength: 20_000 })),
  leaseId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(leaseId),
  revision: fc.maxSafeInteger().map((value) => revision(Math.max(1, Math.abs(value)))),
};

const aSort: fc.Arbitrary<Sort> = fc.record({
  target: fc.constantFrom('key', 'version', 'create', 'mod', 'value'),
  order: fc.constantFrom('ascend', 'descend'),
});

function rangeOver({ key }: Domain): fc.Arbitrary<KeyRange> {
  return fc.oneof(
    { weight: 3, arbitrary: key.map(oneKey) },
    key.map(keysWithPrefix),
    fc.constant(keysWithPrefix(keyOf(''))),
    key.map(keysFrom),
    fc.tuple(key, key).map(([low, high]) => keysBetween(low, high)),
  );
}

function queryOver(domain: Domain): fc.Arbitrary<RangeQuery> {
  return fc.record(
    {
      keyspace: domain.keyspace,
      keys: rangeOver(domain),
      revision: domain.revision,
      limit: fc.integer({ min: 1, max: 4 }),
      select: fc.constantFrom('key-values', 'keys', 'count'),
      sort: aSort,
      minModRevision: domain.revision,
      maxModRevision: domain.revision,
      minCreateRevision: domain.revision,
      maxCreateRevision: domain.revision,
    },
    { requiredKeys: ['keyspace', 'keys'] },
  );
}

function compareOver(domain: Domain): fc.Arbitrary<Compare> {
  const target: fc.Arbitrary<CompareTarget> = fc.oneof(
    fc.record({ kind: fc.constant('version' as const), value: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constantFrom('create', 'mod'), value: domain.revision }),
    fc.record({ kind: fc.constant('lease' as const), value: fc.option(domain.leaseId, { nil: undefined }) }),
    fc.record({ kind: fc.constant('value' as const), value: domain.value }),
  );
  return fc.record({
    keyspace: domain.keyspace,
    keys: rangeOver(domain),
    relation: fc.constantFrom('equal', 'not-equal', 'less', 'greater'),
    target,
  });
}

function putOver(domain: Domain): fc.Arbitrary<PutOperation> {
  return fc.record(
    {
      kind: fc.constant('put' as const),
      keyspace: domain.keyspace,
      key: domain.key,
      value: fc.oneof({ weight: 5, arbitrary: domain.value }, fc.constant('keep' as const)),
      lease: fc.oneof({ weight: 3, arbitrary: domain.leaseId }, fc.constant('keep' as const)),
      previous: fc.boolean(),
    },
    { requiredKeys: ['kind', 'keyspace', 'key', 'value'] },
  );
}

/** With transactions in it, and transactions in those. */
export function txnOver(domain: Domain): fc.Arbitrary<NestedTxn> {
  const aDelete = fc.record({
    kind: fc.constant('delete' as const),
    keyspace: domain.keyspace,
    keys: rangeOver(domain),
    previous: fc.boolean(),
  });
  const leaf: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 4, arbitrary: putOver(domain) },
    { weight: 2, arbitrary: aDelete },
    queryOver(domain).map((query) => ({ kind: 'range' as const, ...query })),
  );
  const txnOf = (operation: fc.Arbitrary<Operation>): fc.Arbitrary<NestedTxn> =>
    fc.record({
      compares: fc.array(compareOver(domain), { maxLength: 2 }),
      success: fc.array(operation, { maxLength: 3 }),
      failure: fc.array(operation, { maxLength: 2 }),
    });
  const asOperation = (txn: NestedTxn): Operation => ({ kind: 'txn', ...txn });
  const nested = txnOf(leaf).map(asOperation);
  const deeper = txnOf(fc.oneof({ weight: 3, arbitrary: leaf }, nested)).map(asOperation);
  return txnOf(fc.oneof({ weight: 6, arbitrary: leaf }, nested, deeper));
}

export const aKeyspace = MEETING.keyspace;
export const aLeaseId = MEETING.leaseId;
export const aRevision = MEETING.revision;
export const aRange = rangeOver(MEETING);
export const aQuery = queryOver(MEETING);
export const aTxn = txnOver(MEETING);
export const aSinglePut = putOver(MEETING).map((put): NestedTxn => ({ success: [put] }));

export const anIdempotency: fc.Arbitrary<Idempotency> = fc.record({
  session: fc.bigInt({ min: 1n, max: 2n }).map(sessionId),
  sequence: fc.integer({ min: 1, max: 5 }),
});

const byLease = <Kind extends string>(kind: Kind): fc.Arbitrary<{ readonly kind: Kind; readonly id: LeaseId }> =>
  fc.record({ kind: fc.constant(kind), id: aLeaseId });

/** What a store lets through to its log. */
export const aCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        kind: fc.constant('txn' as const),
        txn: aTxn.filter(isAllowed),
        idempotency: fc.option(anIdempotency, { nil: undefined, freq: 2 }),
      })
      .map((command): Command => command),
  },
  byLease('grant').map((command) => ({ ...command, ttlSeconds: 10 })),
  byLease('revoke'),
  fc.record({
    kind: fc.constant('expire' as const),
    term: fc.constantFrom(1, 1, 2),
    leases: fc.array(fc.record({ id: aLeaseId, grantedAt: fc.integer({ min: 1, max: 40 }) }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('compact' as const), keyspace: aKeyspace, revision: aRevision }),
);

/** Some that are reached at once. */
export const aLimit: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('limit' as const),
  limits: fc.record({
    leasesMax: fc.integer({ min: 1, max: 3 }),
    quotaBytes: fc.integer({ min: 1, max: 12 }),
    sessionsMax: fc.integer({ min: 1, max: 2 }),
    sessionBytesMax: fc.integer({ min: 1, max: 500 }),
  }),
});

/** What came with format 2, and format 2 itself. */
export const anAlarm: fc.Arbitrary<Command> = fc.oneof(
  fc.constant({ kind: 'activate' as const, format: 2 }),
  fc.record({
    kind: fc.constantFrom('raise-alarm', 'disarm-alarm', 'disarm-alarm'),
    alarm: fc.record({
      kind: fc.constantFrom('no-space', 'no-space', 'corrupt'),
      memberId: fc.bigInt({ min: 0n, max: 1n }),
      keyspace: fc.option(aKeyspace, { nil: undefined }),
    }),
  }),
  fc.record({
    kind: fc.constant('grant' as const),
    id: aLeaseId,
    ttlSeconds: fc.constant(10),
    keyspace: fc.constantFrom('catalog', 'system'),
  }),
  aLimit.map((command): Command =>
    command.kind === 'limit' ? { ...command, limits: { ...command.limits, catalogQuotaBytes: 2 } } : command,
  ),
);

function isAllowed(txn: NestedTxn): boolean {
  try {
    checkDuplicates(txn);
    return true;
  } catch (error) {
    if (error instanceof DuplicateKeyError) return false;
    throw error;
  }
}

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
