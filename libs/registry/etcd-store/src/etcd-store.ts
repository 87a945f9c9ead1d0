import type { Clock, Principal, Rng } from '@portolan/kernel';
import {
  actionsOfGrant,
  actionsOfTxn,
  checkGrant,
  checkRange,
  checkTxn,
  checkWatch,
  CompactedError,
  DEFAULT_LIMITS,
  oneKey,
  revision,
  StoreClosedError,
  TooManyWatchersError,
  type Authorize,
  type CompactRequest,
  type GrantLeaseRequest,
  type Header,
  type KvAction,
  type KvLimits,
  type KvStore,
  type Lease,
  type LeaseList,
  type LeaseRequest,
  type NestedTxn,
  type PrincipalRequest,
  type RangeQuery,
  type RangeRequest,
  type RangeResult,
  type StoreStatus,
  type TimeToLive,
  type TxnRequest,
  type TxnResult,
  type WatchBatch,
  type WatchRequest,
} from '@portolan/kv';
import { KVService } from '@portolan/contracts/etcd/kv';
import type { TlsIdentity } from '@portolan/rpc';
import { EtcdChannel } from './channel/etcd-channel.ts';
import { compact } from './compaction.ts';
import type { EtcdAddress } from './etcd-address.ts';
import { EtcdCluster, type Notes } from './etcd-cluster.ts';
import { EtcdLeases } from './etcd-leases.ts';
import { Incarnations } from './incarnations.ts';
import { KeyMapping } from './mapping/key-mapping.ts';
import { readPast } from './read-past.ts';
import { decodeRange, encodeRange } from './mapping/range.ts';
import { decodeTxn, encodeTxn, type TxnCodec } from './mapping/txn.ts';
import { Once } from './session/once.ts';
import { SessionLeaseSource } from './session/session-leases.ts';
import { StoreStatusReader } from './store-status.ts';
import { typedError } from './typed-error.ts';
import { StreamedWatch } from './watch/streamed-watch.ts';
import { WatchStream } from './watch/watch-stream.ts';

/** Long enough for an election in etcd, short enough for somebody who waits. */
const DEFAULT_TIMEOUT_MS = 5_000;

export interface EtcdStoreOptions {
  readonly address: EtcdAddress;
  /** The files that the address names, read. */
  readonly tls?: TlsIdentity | undefined;
  readonly clock: Clock;
  /** Session and lease ids, which member comes first, the jitter of retries. */
  readonly rng: Rng;
  /** Default: everybody may do everything. */
  readonly authorize?: Authorize;
  /** Each overrides a default. All other bounds are etcd's own. */
  readonly limits?: Partial<Pick<KvLimits, 'keyBytesMax' | 'requestBytesMax' | 'watchersMax'>>;
  /** Of one request, all its attempts together; a watch has none. */
  readonly timeoutMs?: number;
}

/** A store on an existing etcd cluster. It has no `KvAdmin`: the cluster is administered with etcd's own tools. */
export interface EtcdStore extends KvStore, AsyncDisposable {}

/**
 * Resolves when the cluster was reached once.
 * @throws EtcdAccessError, RpcError when nobody answers in time
 */
export async function openEtcdStore(options: EtcdStoreOptions, signal?: AbortSignal): Promise<EtcdStore> {
  const { address, tls, clock, rng, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { endpoints, credentials } = address;
  const channel = new EtcdChannel({ endpoints, credentials, tls, clock, rng, timeoutMs });
  const mapping = new KeyMapping(address.prefix);
  const cluster = new EtcdCluster({ channel, mapping, incarnations: new Incarnations(rng) });
  try {
    await cluster.open(signal);
    return new Store(options, cluster, timeoutMs);
  } catch (error) {
    await channel[Symbol.asyncDispose]();
    throw await typedError(cluster, error, {}, signal);
  }
}

class Store implements EtcdStore {
  readonly #cluster: EtcdCluster;
  readonly #authorize: Authorize;
  readonly #limits: KvLimits;
  readonly #leases: EtcdLeases;
  readonly #watches: WatchStream;
  readonly #once: Once;
  readonly #status: StoreStatusReader;
  #isClosed = false;

  constructor(options: EtcdStoreOptions, cluster: EtcdCluster, timeoutMs: number) {
    const { clock, rng } = options;
    this.#cluster = cluster;
    this.#authorize = options.authorize ?? (() => undefined);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#leases = new EtcdLeases({ cluster, clock, rng, timeoutMs });
    this.#watches = new WatchStream({ cluster, clock, rng });
    this.#once = new Once(cluster, new SessionLeaseSource(cluster, clock, rng));
    this.#status = new StoreStatusReader(cluster);
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResult> {
    checkRange(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    const { mapping } = this.#cluster;
    const serializable = request.serializable === true;
    try {
      if (request.revision !== undefined) return await readPast(this.#cluster, request, request.revision, signal);
      const { response, header } = await this.#cluster.range(
        { ...encodeRange(mapping, request), serializable },
        signal,
      );
      return { ...header, ...decodeRange(mapping, request, response) };
    } catch (error) {
      throw await typedError(this.#cluster, error, { revision: request.revision }, signal);
    }
  }

  async txn(request: TxnRequest, signal?: AbortSignal): Promise<TxnResult> {
    checkTxn(request, this.#limits);
    this.#admit(request.principal, actionsOfTxn(request), signal);
    const { idempotency } = request;
    const codec = await this.#codecFor(request, signal);
    const encoded = encodeTxn(codec, request);
    try {
      if (idempotency !== undefined) return await this.#once.run({ txn: request, idempotency, codec }, signal);
      const repeatable = changesNothing(request) ? 'read' : 'write';
      const { response, header } = await this.#cluster.txn(encoded, { repeatable, signal });
      return { ...header, ...decodeTxn(this.#cluster.mapping, request, response) };
    } catch (error) {
      const bytes = KVService.txn.requestSerialize(encoded).length;
      throw await typedError(this.#cluster, error, { txn: request, codec, bytes }, signal);
    }
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    const isAborted = (): boolean => signal.aborted;
    if (isAborted()) return;
    checkWatch(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    let watch: StreamedWatch;
    try {
      watch = this.#startOf(request, await this.#cluster.notes(signal));
    } catch (error) {
      if (isAborted()) return;
      throw error;
    }
    yield* this.#batches(watch, signal);
  }

  grantLease(request: GrantLeaseRequest, signal?: AbortSignal): Promise<Lease> {
    return this.#admitted(request, actionsOfGrant(request), signal, () => {
      checkGrant(request);
      return this.#leases.grant(request, signal);
    });
  }

  keepAlive(request: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    return this.#admitted(request, [{ kind: 'lease' }], signal, () => this.#leases.keepAlive(request.id, signal));
  }

  async revokeLease(request: LeaseRequest, signal?: AbortSignal): Promise<Header> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    const keys = await this.#leases.keysOf(request.id, signal);
    const writes = keys.map(([keyspace, key]): KvAction => ({ kind: 'write', keyspace, keys: oneKey(key) }));
    this.#admit(request.principal, writes, signal);
    return this.#leases.revoke(request.id, signal);
  }

  timeToLive(request: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    return this.#admitted(request, [{ kind: 'lease' }], signal, () => this.#leases.timeToLive(request.id, signal));
  }

  leases(request: PrincipalRequest, signal?: AbortSignal): Promise<LeaseList> {
    return this.#admitted(request, [{ kind: 'lease' }], signal, () => this.#leases.list(signal));
  }

  compact(request: CompactRequest, signal?: AbortSignal): Promise<Header> {
    return this.#admitted(request, [{ kind: 'compact', keyspace: request.keyspace }], signal, () =>
      compact(this.#cluster, request, signal),
    );
  }

  async status(signal?: AbortSignal): Promise<StoreStatus> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new StoreClosedError();
    return this.#status.read(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#watches.close();
    this.#leases.close();
    await this.#cluster.channel[Symbol.asyncDispose]();
  }

  /** The one place where a request is let in. */
  #admit(principal: Principal, actions: Iterable<KvAction>, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new StoreClosedError();
    for (const action of actions) this.#authorize(principal, action);
  }

  async #admitted<Answer>(
    { principal }: PrincipalRequest,
    actions: Iterable<KvAction>,
    signal: AbortSignal | undefined,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    this.#admit(principal, actions, signal);
    try {
      return await run();
    } catch (error) {
      throw await typedError(this.#cluster, error, {}, signal);
    }
  }

  /** Only a read of the past has to be compared with what its keyspace has forgotten. */
  async #codecFor(txn: NestedTxn, signal: AbortSignal | undefined): Promise<TxnCodec> {
    const { mapping } = this.#cluster;
    if (!readsPast(txn)) return { mapping, isForgotten: () => false };
    const { floors } = await this.#cluster.notes(signal);
    const isForgotten = ({ keyspace, revision: at }: RangeQuery): boolean =>
      at !== undefined && at < floors[keyspace].revision;
    return { mapping, isForgotten };
  }

  #startOf(request: WatchRequest, notes: Notes): StreamedWatch {
    const start = request.startRevision ?? revision(notes.revision + 1);
    const floor = notes.floors[request.keyspace].revision;
    if (start < floor) throw new CompactedError(start, floor);
    if (this.#watches.size >= this.#limits.watchersMax) throw new TooManyWatchersError(this.#limits.watchersMax);
    return new StreamedWatch(request, this.#cluster.mapping, start);
  }

  async *#batches(watch: StreamedWatch, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    const isAborted = (): boolean => signal.aborted;
    const begins = revision(watch.next - 1);
    const close = (): void => {
      this.#watches.remove(watch);
    };
    this.#watches.add(watch);
    signal.addEventListener('abort', close, { once: true });
    try {
      yield { kind: 'created', incarnation: this.#cluster.incarnation, revision: begins, events: [] };
      while (!isAborted()) {
        const batch = watch.take(this.#cluster.incarnation);
        if (batch !== undefined) {
          yield batch;
          continue;
        }
        this.#watches.drained(watch);
        await watch.waiting();
      }
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }
}

function readsPast({ success = [], failure = [] }: NestedTxn): boolean {
  return [...success, ...failure].some((operation) =>
    operation.kind === 'txn' ? readsPast(operation) : operation.kind === 'range' && operation.revision !== undefined,
  );
}

function changesNothing({ success = [], failure = [] }: NestedTxn): boolean {
  return [...success, ...failure].every((operation) =>
    operation.kind === 'txn' ? changesNothing(operation) : operation.kind === 'range',
  );
}
