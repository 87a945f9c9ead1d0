import {
  FROM_KEY,
  keyOf,
  keysBetween,
  keysFrom,
  leaseId,
  oneKey,
  revision,
  type DeleteOperation,
  type Key,
  type KeyRange,
  type LeaseId,
  type PutOperation,
  type RangeQuery,
} from '@portolan/kv';
import type { WireReader } from '@portolan/kv/wire';

/** No bytes. As the end of a range: it is one key. */
export const NO_KEY: Key = keyOf('');
const NO_VALUE: Buffer = Buffer.alloc(0);
const NO_LEASE = 0n;

/** Fields, as `number << 3 | type` of etcd's contract. */
const PUT = { key: 0x0a, value: 0x12, lease: 0x18, prevKv: 0x20, ignoreValue: 0x28, ignoreLease: 0x30 } as const;
const DELETE = { key: 0x0a, rangeEnd: 0x12, prevKv: 0x18 } as const;
const RANGE = {
  ...{ key: 0x0a, rangeEnd: 0x12, limit: 0x18, revision: 0x20 },
  ...{ serializable: 0x38, keysOnly: 0x40, countOnly: 0x48 },
} as const;

/** A read, and how it is asked for. */
export interface ReadRange {
  readonly query: RangeQuery;
  readonly serializable: boolean;
}

/** @returns undefined: it is odd, or to be refused, and the generated codec and its checks say how */
export function readPut(reader: WireReader): PutOperation | undefined {
  let key = NO_KEY;
  let value = NO_VALUE;
  let lease = NO_LEASE;
  let previous = false;
  let ignoresValue = false;
  let ignoresLease = false;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case PUT.key:
        key = reader.key();
        break;
      case PUT.value:
        value = reader.copy();
        break;
      case PUT.lease:
        lease = reader.bigint();
        break;
      case PUT.prevKv:
        previous = reader.bool();
        break;
      case PUT.ignoreValue:
        ignoresValue = reader.bool();
        break;
      case PUT.ignoreLease:
        ignoresLease = reader.bool();
        break;
      default:
        reader.odd();
    }
  }
  const isProvided = (ignoresValue && value.length > 0) || (ignoresLease && lease !== NO_LEASE);
  if (reader.isOdd || key === NO_KEY || isProvided) return undefined;
  const kept = ignoresLease ? 'keep' : leaseOf(lease);
  const operation: PutOperation = { kind: 'put', keyspace: 'user', key, value: ignoresValue ? 'keep' : value };
  if (kept === undefined && !previous) return operation;
  return { ...operation, ...(kept !== undefined && { lease: kept }), ...(previous && { previous }) };
}

/** @returns as `readPut` */
export function readDelete(reader: WireReader): DeleteOperation | undefined {
  let key = NO_KEY;
  let end = NO_KEY;
  let previous = false;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case DELETE.key:
        key = reader.key();
        break;
      case DELETE.rangeEnd:
        end = reader.key();
        break;
      case DELETE.prevKv:
        previous = reader.bool();
        break;
      default:
        reader.odd();
    }
  }
  if (reader.isOdd || key === NO_KEY) return undefined;
  return { kind: 'delete', keyspace: 'user', keys: keyRangeOf(key, end), ...(previous && { previous }) };
}

/** A read in the order of keys, without filters. @returns as `readPut` */
export function readRange(reader: WireReader): ReadRange | undefined {
  let key = NO_KEY;
  let end = NO_KEY;
  let limit = 0;
  let at = 0;
  let serializable = false;
  let keysOnly = false;
  let countOnly = false;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case RANGE.key:
        key = reader.key();
        break;
      case RANGE.rangeEnd:
        end = reader.key();
        break;
      case RANGE.limit:
        limit = reader.number();
        break;
      case RANGE.revision:
        at = reader.number();
        break;
      case RANGE.serializable:
        serializable = reader.bool();
        break;
      case RANGE.keysOnly:
        keysOnly = reader.bool();
        break;
      case RANGE.countOnly:
        countOnly = reader.bool();
        break;
      default:
        reader.odd();
    }
  }
  if (reader.isOdd || key === NO_KEY) return undefined;
  const query: RangeQuery = { keyspace: 'user', keys: keyRangeOf(key, end) };
  if (limit === 0 && at === 0 && !keysOnly && !countOnly) return { query, serializable };
  const asked: RangeQuery = {
    ...query,
    ...(limit > 0 && { limit }),
    ...(at > 0 && { revision: revision(at) }),
    ...(keysOnly && { select: 'keys' }),
    ...(countOnly && { select: 'count' }),
  };
  return { query: asked, serializable };
}

/** As `etcdKeyRange`. */
export function keyRangeOf(key: Key, end: Key): KeyRange {
  if (end === NO_KEY) return oneKey(key);
  return end === FROM_KEY ? keysFrom(key) : keysBetween(key, end);
}

export function leaseOf(lease: bigint): LeaseId | undefined {
  return lease === NO_LEASE ? undefined : leaseId(lease);
}
