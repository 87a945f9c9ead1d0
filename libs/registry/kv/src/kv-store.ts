import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, Revision } from './ids.ts';
import type { GrantLeaseRequest, Lease, LeaseList, LeaseRequest, TimeToLive } from './lease-request.ts';
import type { RangeRequest, RangeResult } from './range-request.ts';
import type { TxnRequest, TxnResult } from './txn-request.ts';
import type { WatchBatch, WatchRequest } from './watch-request.ts';

/**
 * Ordered keys, one revision, transactions, watches, leases, compaction: the semantics of etcd v3.
 * Everything above stands on this interface alone. `describeKvStore` in `@portolan/kv/testing` states what each method promises.
 *
 * A `signal` gives up waiting: the promise rejects with its reason. A write given up may still happen.
 */
export interface KvStore {
  /** Linearizable unless the request says `serializable`. @throws CompactedError, FutureRevisionError */
  range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResult>;
  /** Compares, then one of two lists of operations: atomic, and one revision, or none when nothing changed. */
  txn(request: TxnRequest, signal?: AbortSignal): Promise<TxnResult>;
  /**
   * Every matching event once, in order, without gaps. Begins when iteration does; ends without an error when `signal` aborts.
   * A watcher that falls behind costs no memory: it reads on from history.
   * @throws CompactedError (from the iterator) when events it has not delivered were compacted: read again, then watch; and what is
   * `unavailable` when this member has lost its leader, unless the request says `serializable`: go on at another
   */
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** @throws LeaseExistsError, LeaseTtlError */
  grantLease(request: GrantLeaseRequest, signal?: AbortSignal): Promise<Lease>;
  /** Restarts the time to live. Never written to the log. @throws LeaseNotFoundError when it has ended */
  keepAlive(request: LeaseRequest, signal?: AbortSignal): Promise<Lease>;
  /** Ends the lease and deletes its keys in one revision. @throws LeaseNotFoundError */
  revokeLease(request: LeaseRequest, signal?: AbortSignal): Promise<Header>;
  timeToLive(request: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive>;
  leases(request: PrincipalRequest, signal?: AbortSignal): Promise<LeaseList>;
  /** Forgets the history of one keyspace before `revision`, which itself stays readable. @throws CompactedError, FutureRevisionError */
  compact(request: CompactRequest, signal?: AbortSignal): Promise<Header>;
  status(signal?: AbortSignal): Promise<StoreStatus>;
}

export interface CompactRequest extends PrincipalRequest {
  readonly keyspace: Keyspace;
  readonly revision: Revision;
}

export interface KeyspaceStatus {
  /** The oldest revision that can be read, and watched from. */
  readonly oldest: Revision;
  readonly keys: number;
  /** Of all keys and values as they are now. */
  readonly bytes: number;
}

export interface StoreStatus extends Header {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly term: number;
  /** `undefined`: none is known. */
  readonly leaderId: bigint | undefined;
  readonly keyspaces: Readonly<Record<Keyspace, KeyspaceStatus>>;
}
