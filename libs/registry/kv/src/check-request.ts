import { checkDuplicates } from './check-duplicates.ts';
import {
  EmptyKeyError,
  KeyTooLargeError,
  LeaseTtlError,
  MalformedRequestError,
  RequestTooLargeError,
  TooManyOperationsError,
} from './errors.ts';
import type { Revision } from './ids.ts';
import type { Key } from './key.ts';
import type { KeyRange } from './key-range.ts';
import type { GrantLeaseRequest } from './lease-request.ts';
import {
  LEASE_TTL_SECONDS_MAX,
  TXN_DEPTH_MAX,
  TXN_OPERATIONS_MAX,
  TXN_OPERATIONS_TOTAL_MAX,
  type KvLimits,
} from './limits.ts';
import { plainPutOf } from './plain-put.ts';
import type { RangeQuery } from './range-request.ts';
import type { Compare, Idempotency, NestedTxn, Operation, TxnRequest } from './txn-request.ts';
import type { WatchRequest } from './watch-request.ts';

/** What is wrong with a request whatever the state of the store; looked at once, before the request goes anywhere. */
export function checkRange(query: RangeQuery, limits: KvLimits): void {
  checkKeys(query.keys, limits);
  checkRevision(query.revision, 'revision');
  checkRevision(query.minModRevision, 'minModRevision');
  checkRevision(query.maxModRevision, 'maxModRevision');
  checkRevision(query.minCreateRevision, 'minCreateRevision');
  checkRevision(query.maxCreateRevision, 'maxCreateRevision');
  if (query.limit !== undefined && !(Number.isSafeInteger(query.limit) && query.limit > 0)) {
    throw new MalformedRequestError(
      `limit ${String(query.limit)} is not a whole number above 0`,
      'leave limit out to read all keys, or select "count" to read none',
    );
  }
}

export function checkWatch(request: WatchRequest, limits: KvLimits): void {
  checkKeys(request.keys, limits);
  checkRevision(request.startRevision, 'startRevision');
}

export function checkGrant(request: GrantLeaseRequest): void {
  const { ttlSeconds } = request;
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > LEASE_TTL_SECONDS_MAX) {
    throw new LeaseTtlError(ttlSeconds, LEASE_TTL_SECONDS_MAX);
  }
  if (request.id !== undefined && (request.id <= 0n || request.id >= 2n ** 63n)) {
    throw new MalformedRequestError(
      `lease id ${String(request.id)} is not from 1 to 2^63 − 1`,
      'let the store choose the id',
    );
  }
}

export function checkTxn(request: TxnRequest, limits: KvLimits): void {
  if (request.idempotency !== undefined) checkIdempotency(request.idempotency);
  const put = plainPutOf(request);
  const bytes = put === undefined ? checkOperations(request, limits) : checkOperation(put, limits);
  if (bytes > limits.requestBytesMax) throw new RequestTooLargeError(bytes, limits.requestBytesMax);
}

function checkIdempotency({ session, sequence }: Idempotency): void {
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw new MalformedRequestError(
      `sequence ${String(sequence)} is not 1, 2, 3, …`,
      'begin each session with sequence 1',
    );
  }
  if (session === 0n) {
    throw new MalformedRequestError('the session is 0, which is none', 'choose one with createSessionId');
  }
}

/** @returns their bytes */
function checkOperations(txn: NestedTxn, limits: KvLimits): number {
  const seen = { operations: 0, bytes: 0 };
  checkNested(txn, { operationsMax: TXN_OPERATIONS_MAX, depthMax: TXN_DEPTH_MAX }, seen, limits);
  if (seen.bytes <= limits.requestBytesMax) checkDuplicates(txn);
  return seen.bytes;
}

interface Seen {
  operations: number;
  bytes: number;
}

interface Room {
  readonly operationsMax: number;
  readonly depthMax: number;
}

function checkNested(txn: NestedTxn, { operationsMax, depthMax }: Room, seen: Seen, limits: KvLimits): void {
  if (depthMax === 0) {
    throw new MalformedRequestError(
      `transactions are more than ${String(TXN_DEPTH_MAX)} deep inside each other`,
      'put several in one list, rather than each in another',
    );
  }
  const { compares = [], success = [], failure = [] } = txn;
  const widest = Math.max(compares.length, success.length, failure.length);
  seen.operations += compares.length + success.length + failure.length;
  if (widest > operationsMax) throw new TooManyOperationsError(TXN_OPERATIONS_MAX);
  if (seen.operations > TXN_OPERATIONS_TOTAL_MAX) throw new TooManyOperationsError(TXN_OPERATIONS_TOTAL_MAX);
  for (const compare of compares) seen.bytes += checkCompare(compare, limits);
  const inside = { operationsMax: operationsMax - widest, depthMax: depthMax - 1 };
  for (const operation of [...success, ...failure]) {
    if (operation.kind === 'txn') checkNested(operation, inside, seen, limits);
    else seen.bytes += checkOperation(operation, limits);
  }
}

/** @returns its bytes */
function checkCompare({ keys, target }: Compare, limits: KvLimits): number {
  if (target.kind === 'version' && !(Number.isSafeInteger(target.value) && target.value >= 0)) {
    throw new MalformedRequestError(
      `a compare with the version ${String(target.value)} is with no version`,
      'compare with 0 for a key that is absent, or with 1, 2, 3, …',
    );
  }
  return checkKeys(keys, limits) + (target.kind === 'value' ? target.value.length : 0);
}

/** @returns its bytes */
function checkOperation(operation: Exclude<Operation, { readonly kind: 'txn' }>, limits: KvLimits): number {
  switch (operation.kind) {
    case 'range':
      checkRange(operation, limits);
      return rangeBytes(operation.keys);
    case 'delete':
      return checkKeys(operation.keys, limits);
    case 'put':
      checkKey(operation.key, limits);
      return operation.key.length + (operation.value === 'keep' ? 0 : operation.value.length);
  }
}

/** @returns its bytes */
function checkKeys(range: KeyRange, limits: KvLimits): number {
  if (range.kind === 'one') checkKey(range.key, limits);
  else checkKeyLength(range.key, limits);
  if (range.kind === 'until') checkKeyLength(range.end, limits);
  return rangeBytes(range);
}

function rangeBytes(range: KeyRange): number {
  return range.key.length + (range.kind === 'until' ? range.end.length : 0);
}

function checkKey(key: Key, limits: KvLimits): void {
  if (key.length === 0) throw new EmptyKeyError();
  checkKeyLength(key, limits);
}

function checkKeyLength(key: Key, limits: KvLimits): void {
  if (key.length > limits.keyBytesMax) throw new KeyTooLargeError(key.length, limits.keyBytesMax);
}

function checkRevision(value: Revision | undefined, name: string): void {
  if (value === 0)
    throw new MalformedRequestError(`${name} is 0, before the first`, `leave ${name} out to mean the newest`);
}
