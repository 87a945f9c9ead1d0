import { assert, type Clock, type Principal, type Rng } from '@portolan/kernel';
import type { Authorize, KvAction } from './access.ts';
import { actionsOfTxn } from './actions-of-txn.ts';
import { AutoCompactor, DEFAULT_AUTO_COMPACTION, type AutoCompaction } from './auto-compaction.ts';
import { checkGrant, checkRange, checkTxn, checkWatch } from './check-request.ts';
import { FutureRevisionError, LeaseExistsError, StoreClosedError } from './errors.ts';
import type { Header, PrincipalRequest } from './header.ts';
import { leaseId, type Incarnation, type LeaseId } from './ids.ts';
import { oneKey } from './key-range.ts';
import type { CompactRequest, KeyspaceStatus, KvStore, StoreStatus } from './kv-store.ts';
import type { GrantLeaseRequest, Lease, LeaseList, LeaseRequest, TimeToLive } from './lease-request.ts';
import { Lessor } from './lease/lessor.ts';
import { DEFAULT_LIMITS, LEASE_TTL_SECONDS_MIN, PROGRESS_INTERVAL_MS, type KvLimits } from './limits.ts';
import { openInProcessLog } from './log/in-process-log.ts';
import type { Log, OpenLog } from './log/log.ts';
import { answerRange } from './machine/answer-range.ts';
import type { Applied, Command, LogEntry } from './machine/command.ts';
import { StateMachine } from './machine/state-machine.ts';
import { ownTxn } from './own-txn.ts';
import type { RangeRequest, RangeResult } from './range-request.ts';
import type { TxnRequest, TxnResult } from './txn-request.ts';
import { WatchHub } from './watch/watch-hub.ts';
import type { WatchBatch, WatchRequest } from './watch-request.ts';

export interface EmbeddedStoreOptions {
  /** Times leases and progress reports; nothing else. */
  readonly clock: Clock;
  /** Chooses lease ids; nothing else. */
  readonly rng: Rng;
  /** A new one (`createIncarnation`) whenever the log does not continue what was served before. */
  readonly incarnation: Incarnation;
  /** Default: everybody may do everything. */
  readonly authorize?: Authorize;
  /** Default: in this process, forgotten when it stops. */
  readonly openLog?: OpenLog;
  /** Each overrides a default. The same on every member. */
  readonly limits?: Partial<KvLimits>;
  /** `off`: history grows until somebody compacts. */
  readonly autoCompaction?: AutoCompaction | 'off';
  readonly progressIntervalMs?: number;
}

export interface EmbeddedStore extends KvStore, AsyncDisposable {}

/** A store in this process: the state machine, the log that feeds it, and what needs a clock. */
export function createEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  return new Store(options);
}

class Store implements EmbeddedStore {
  readonly #rng: Rng;
  readonly #incarnation: Incarnation;
  readonly #authorize: Authorize;
  readonly #limits: KvLimits;
  readonly #machine: StateMachine;
  readonly #log: Log;
  readonly #lessor: Lessor;
  readonly #watches: WatchHub;
  readonly #compactor: AutoCompactor | undefined;
  #closed = false;

  constructor(options: EmbeddedStoreOptions) {
    const { clock, rng, autoCompaction = DEFAULT_AUTO_COMPACTION, openLog = openInProcessLog } = options;
    this.#rng = rng;
    this.#incarnation = options.incarnation;
    this.#authorize = options.authorize ?? (() => undefined);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#machine = new StateMachine(this.#limits, {
      changed: (keyspace, change) => {
        this.#watches.notice(keyspace, change);
      },
      restored: () => undefined,
    });
    const { keyspaces } = this.#machine;
    this.#watches = new WatchHub({
      clock,
      keyspaces,
      header: () => this.#header(),
      watchersMax: this.#limits.watchersMax,
      progressIntervalMs: options.progressIntervalMs ?? PROGRESS_INTERVAL_MS,
    });
    this.#log = openLog((entry) => this.#apply(entry));
    this.#lessor = new Lessor(clock, this.#log);
    this.#compactor = autoCompaction === 'off' ? undefined : new AutoCompactor(autoCompaction, keyspaces, this.#log);
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResult> {
    checkRange(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    if (request.serializable !== true) await this.#log.readBarrier();
    const { revision: current, keyspaces } = this.#machine;
    if (request.revision !== undefined && request.revision > current) {
      throw new FutureRevisionError(request.revision, current);
    }
    const keyspace = keyspaces[request.keyspace];
    const tree = request.revision === undefined ? keyspace.current : keyspace.view(request.revision);
    return { ...this.#header(), ...answerRange(tree, request) };
  }

  async txn(request: TxnRequest, signal?: AbortSignal): Promise<TxnResult> {
    checkTxn(request, this.#limits);
    this.#admit(request.principal, actionsOfTxn(request), signal);
    const applied = await this.#propose({ kind: 'txn', txn: ownTxn(request), idempotency: request.idempotency });
    assert(applied.kind === 'txn', 'a transaction is answered with one');
    return { incarnation: this.#incarnation, revision: applied.revision, ...applied.answer };
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (signal.aborted) return;
    checkWatch(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    await this.#log.readBarrier();
    yield* this.#watches.watch(request, signal);
  }

  async grantLease(request: GrantLeaseRequest, signal?: AbortSignal): Promise<Lease> {
    checkGrant(request);
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    const ttlSeconds = Math.max(LEASE_TTL_SECONDS_MIN, request.ttlSeconds);
    for (;;) {
      const id = request.id ?? this.#freeLeaseId();
      try {
        const { revision } = await this.#propose({ kind: 'grant', id, ttlSeconds });
        return { incarnation: this.#incarnation, revision, id, ttlSeconds };
      } catch (error) {
        // Another member may have chosen the same 62 bits meanwhile.
        if (request.id !== undefined || !(error instanceof LeaseExistsError)) throw error;
      }
    }
  }

  async keepAlive(request: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    const { id, ttlSeconds } = await this.#lessor.keepAlive(request.id);
    return { ...this.#header(), id, ttlSeconds };
  }

  async revokeLease(request: LeaseRequest, signal?: AbortSignal): Promise<Header> {
    const writes = this.#machine.leases
      .keysOf(request.id)
      .map(([keyspace, key]): KvAction => ({ kind: 'write', keyspace, keys: oneKey(key) }));
    this.#admit(request.principal, [{ kind: 'lease' }, ...writes], signal);
    const { revision } = await this.#propose({ kind: 'revoke', id: request.id });
    return { incarnation: this.#incarnation, revision };
  }

  async timeToLive(request: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    await this.#log.readBarrier();
    const lease = this.#machine.leases.get(request.id);
    const remainingMs = this.#lessor.remainingMs(request.id);
    if (lease === undefined || remainingMs === undefined) return { ...this.#header(), lease: undefined };
    const remainingSeconds = Math.floor(remainingMs / 1_000);
    return { ...this.#header(), lease: { id: lease.id, grantedSeconds: lease.ttlSeconds, remainingSeconds } };
  }

  async leases(request: PrincipalRequest, signal?: AbortSignal): Promise<LeaseList> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    await this.#log.readBarrier();
    return { ...this.#header(), ids: this.#machine.leases.ids() };
  }

  async compact(request: CompactRequest, signal?: AbortSignal): Promise<Header> {
    this.#admit(request.principal, [{ kind: 'compact', keyspace: request.keyspace }], signal);
    const { keyspace, revision: at } = request;
    const { revision } = await this.#propose({ kind: 'compact', keyspace, revision: at });
    return { incarnation: this.#incarnation, revision };
  }

  status(signal?: AbortSignal): Promise<StoreStatus> {
    signal?.throwIfAborted();
    const { term, memberId, leaderId } = this.#log.leadership();
    const { user, catalog, system } = this.#machine.keyspaces;
    const statusOf = (state: typeof user): KeyspaceStatus => ({
      oldest: state.floor,
      keys: state.keys,
      bytes: state.bytes,
    });
    const keyspaces = { user: statusOf(user), catalog: statusOf(catalog), system: statusOf(system) };
    return Promise.resolve({ ...this.#header(), clusterId: 1n, memberId, term, leaderId, keyspaces });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#lessor.close();
    this.#watches.close();
    return Promise.resolve();
  }

  /** The one place where a request is let in. */
  #admit(principal: Principal, actions: Iterable<KvAction>, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new StoreClosedError();
    for (const action of actions) this.#authorize(principal, action);
  }

  async #propose(command: Command): Promise<Exclude<Applied, { readonly kind: 'refused' }>> {
    const applied = await this.#log.propose(command);
    if (applied.kind === 'refused') throw applied.error;
    return applied;
  }

  #apply(entry: LogEntry): Applied {
    const applied = this.#machine.apply(entry);
    this.#tellLessor(entry.command, applied);
    this.#compactor?.look();
    return applied;
  }

  #tellLessor(command: Command, applied: Applied): void {
    if (applied.kind === 'refused') return;
    if (command.kind === 'grant') {
      const lease = this.#machine.leases.get(command.id);
      assert(lease !== undefined, 'a granted lease is in the table');
      this.#lessor.add(lease);
    } else if (command.kind === 'revoke') this.#lessor.remove(command.id);
    else if (command.kind === 'expire') {
      for (const { id } of command.leases) if (this.#machine.leases.get(id) === undefined) this.#lessor.remove(id);
    }
  }

  #header(): Header {
    return { incarnation: this.#incarnation, revision: this.#machine.revision };
  }

  #freeLeaseId(): LeaseId {
    for (;;) {
      const id = leaseId((BigInt(this.#rng.below(2 ** 31)) << 31n) | BigInt(this.#rng.below(2 ** 31)));
      if (id !== 0n && this.#machine.leases.get(id) === undefined) return id;
    }
  }
}
