import {
  CompactedError,
  FutureRevisionError,
  KeyNotFoundError,
  keyToText,
  leaseId,
  LeaseExistsError,
  LeaseNotFoundError,
  LEASE_TTL_SECONDS_MAX,
  LeaseTtlError,
  REQUEST_BYTES_MAX,
  RequestTooLargeError,
  revision,
  TooManyOperationsError,
  TXN_OPERATIONS_MAX,
  type LeaseId,
  type NestedTxn,
  type Operation,
  type Revision,
} from '@portolan/kv';
import { refusalOf, type EtcdRefusal } from './channel/etcd-refusal.ts';
import { EtcdAccessError, EtcdNoSpaceError } from './errors.ts';
import type { EtcdCluster, Notes } from './etcd-cluster.ts';
import type { TxnCodec } from './mapping/txn.ts';
import { oldestRevision } from './watch/oldest-revision.ts';

/** What a request was about: etcd names neither keys nor numbers when it refuses. */
export interface Asked {
  readonly revision?: Revision | undefined;
  readonly lease?: LeaseId;
  readonly ttlSeconds?: number;
  readonly txn?: NestedTxn;
  readonly codec?: TxnCodec;
  readonly bytes?: number;
}

/** The store's error for what etcd refused; `error` itself when it refused nothing. */
export async function typedError(
  cluster: EtcdCluster,
  error: unknown,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const refusal = refusalOf(error);
  if (refusal === undefined) return error;
  return (await refusedError(cluster, refusal, asked, signal)) ?? unasked(refusal, error, asked);
}

/** The error of a refusal that says itself what it is about; undefined when it takes the error it came with. */
export async function refusedError(
  cluster: EtcdCluster,
  refusal: EtcdRefusal,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<Error | undefined> {
  const operations = [...operationsOf(asked.txn ?? {})];
  switch (refusal) {
    case 'key-not-found':
      return new KeyNotFoundError(firstKept(operations));
    case 'lease-not-found':
      return new LeaseNotFoundError(asked.lease ?? firstLease(operations));
    case 'compacted': {
      const at = asked.revision ?? firstRevision(operations);
      return new CompactedError(at, await oldestRevision(cluster, at, signal));
    }
    case 'future-revision':
      return unreadable(await cluster.notes(signal), asked, operations);
    default:
      return undefined;
  }
}

function unasked(refusal: EtcdRefusal, error: unknown, { lease, ttlSeconds, bytes = 0 }: Asked): unknown {
  switch (refusal) {
    case 'lease-exists':
      return lease === undefined ? error : new LeaseExistsError(lease);
    case 'lease-ttl':
      return new LeaseTtlError(ttlSeconds ?? 0, LEASE_TTL_SECONDS_MAX);
    case 'no-space':
      return new EtcdNoSpaceError(error);
    case 'request-too-large':
      return new RequestTooLargeError(bytes, REQUEST_BYTES_MAX);
    case 'too-many-operations':
      return new TooManyOperationsError(TXN_OPERATIONS_MAX);
    case 'access':
      return new EtcdAccessError('its role has not all the permissions', error);
    default:
      return error;
  }
}

/** A read that its keyspace has forgotten is sent as one of a revision that cannot be. */
function unreadable(notes: Notes, { revision: at, codec }: Asked, operations: readonly Operation[]): Error {
  for (const operation of operations) {
    if (operation.kind !== 'range' || operation.revision === undefined || codec?.isForgotten(operation) !== true)
      continue;
    return new CompactedError(operation.revision, notes.floors[operation.keyspace].revision);
  }
  return new FutureRevisionError(at ?? lastRevision(operations), notes.revision);
}

function* operationsOf({ success = [], failure = [] }: NestedTxn): Generator<Operation, void, undefined> {
  for (const operation of [...success, ...failure]) {
    yield operation;
    if (operation.kind === 'txn') yield* operationsOf(operation);
  }
}

function firstKept(operations: readonly Operation[]): string {
  for (const one of operations) {
    if (one.kind === 'put' && (one.value === 'keep' || one.lease === 'keep')) return keyToText(one.key);
  }
  return '';
}

function firstLease(operations: readonly Operation[]): LeaseId {
  for (const one of operations) {
    if (one.kind === 'put' && one.lease !== undefined && one.lease !== 'keep') return one.lease;
  }
  return leaseId(0n);
}

function revisionsOf(operations: readonly Operation[]): readonly Revision[] {
  return operations.flatMap((one) => (one.kind === 'range' && one.revision !== undefined ? [one.revision] : []));
}

function firstRevision(operations: readonly Operation[]): Revision {
  return revision(Math.min(...revisionsOf(operations)));
}

function lastRevision(operations: readonly Operation[]): Revision {
  return revision(Math.max(...revisionsOf(operations)));
}
