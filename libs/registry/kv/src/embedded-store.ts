import { abortable, assert, type Clock, type Principal, type Rng } from '@portolan/kernel';
import type { Authorize, KvAction } from './access.ts';
import { actionsOfGrant } from './actions-of-grant.ts';
import { actionsOfTxn } from './actions-of-txn.ts';
import { DEFAULT_AUTO_COMPACTION, type AutoCompaction } from './auto-compaction.ts';
import { checkGrant, checkRange, checkTxn, checkWatch } from './check-request.ts';
import { FutureRevisionError, LeaseExistsError, StoreClosedError } from './errors.ts';
import type { Header, PrincipalRequest } from './header.ts';
import { leaseId, type Incarnation, type LeaseId } from './ids.ts';
import { oneKey } from './key-range.ts';
import type { StoreAdmin } from './kv-admin.ts';
import { statusOf } from './keyspace-status.ts';
import type { CompactRequest, KvStore, StoreStatus } from './kv-store.ts';
import type { GrantLeaseRequest, Lease, LeaseList, LeaseRequest, TimeToLive } from './lease-request.ts';
import { LocalLeaseJudge, type LeaseJudge } from './lease/lease-judge.ts';
import { DEFAULT_LIMITS, LEASE_TTL_SECONDS_MIN, PROGRESS_INTERVAL_MS, type KvLimits } from './limits.ts';
import { LocalState } from './local-state.ts';
import { openInProcessLog } from './log/in-process-log.ts';
import type { Log, OpenLog, OpenStoredLog } from './log/log.ts';
import { answerRange } from './machine/answer-range.ts';
import type { Applied, Command } from './machine/command.ts';
import { ALARMS_FORMAT, formatOf } from './machine/command-format.ts';
import type { RangeRequest, RangeResult } from './range-request.ts';
import { FormatNotActiveError } from './refused-writes.ts';
import { hashSlices } from './snapshot/hash-slices.ts';
import { LocalStoreAdmin } from './store-admin.ts';
import type { TxnRequest, TxnResult } from './txn-request.ts';
import type { WatchBatch, WatchRequest } from './watch-request.ts';

export interface EmbeddedStoreOptions {
  /** Times leases and progress reports; nothing else. */
  readonly clock: Clock;
  /** Chooses lease ids; nothing else. */
  readonly rng: Rng;
  /**
   * A new one whenever the log does not continue what was served before: `createIncarnation` for a log that is forgotten; for one
   * that several members share and keep, one that follows from its cluster's id.
   */
  readonly incarnation: Incarnation;
  /** Default: everybody may do everything. */
  readonly authorize?: Authorize;
  /** Each overrides a default. Of those that several members have to agree on (`AgreedLimits`), the leader's are in force. */
  readonly limits?: Partial<KvLimits>;
  /** `off`: history grows until somebody compacts. */
  readonly autoCompaction?: AutoCompaction | 'off';
  readonly progressIntervalMs?: number;
  /**
   * How to ask another member, which leads, what only a leader knows. It is to answer with its own `leaseJudge`, so that a question
   * is passed on once. Default, and while it is undefined: NotLeaderError.
   */
  readonly leaseJudgeOf?: (leaderId: bigint) => LeaseJudge | undefined;
}

export interface EmbeddedStore extends KvStore, AsyncDisposable {
  /** For other members: what this one knows of leases while it leads, else NotLeaderError. */
  readonly leaseJudge: LeaseJudge;
  /** Alarms, hashes and backups, which are asked of this member. */
  readonly admin: StoreAdmin;
  /** The format of commands in force: the version of the cluster, which only rises. */
  readonly format: number;
  /** To compare members: after the same entry of the log all have the same hash. Reads the whole state at once. */
  hash(): StateHash;
}

export interface StateHash {
  /** Of the last command that was applied. */
  readonly index: number;
  /** As `hashSlices`. */
  readonly sha256: string;
}

/** A store in this process: the state machine, the log that feeds it, and what needs a clock. */
export function createEmbeddedStore(
  options: EmbeddedStoreOptions & {
    /** Default: in this process, forgotten when it stops. */
    readonly openLog?: OpenLog;
  },
): EmbeddedStore {
  const { openLog = openInProcessLog } = options;
  const local = createLocalState(options);
  return new Store(options, local, openLog(local));
}

/** The same over a log that is kept: resolves when it has read what it holds. Rejects as `openLog` does. */
export async function openEmbeddedStore(
  options: EmbeddedStoreOptions & { readonly openLog: OpenStoredLog },
): Promise<EmbeddedStore> {
  const local = createLocalState(options);
  try {
    return new Store(options, local, await options.openLog(local));
  } catch (error) {
    local.close();
    throw error;
  }
}

function createLocalState(options: EmbeddedStoreOptions): LocalState {
  const { clock, incarnation, limits, autoCompaction = DEFAULT_AUTO_COMPACTION, progressIntervalMs } = options;
  return new LocalState({
    clock,
    incarnation,
    limits: { ...DEFAULT_LIMITS, ...limits },
    autoCompaction,
    progressIntervalMs: progressIntervalMs ?? PROGRESS_INTERVAL_MS,
  });
}

type Accepted = Exclude<Applied, { readonly kind: 'refused' }>;

class Store implements EmbeddedStore {
  readonly #options: EmbeddedStoreOptions;
  readonly #authorize: Authorize;
  readonly #limits: KvLimits;
  readonly #local: LocalState;
  readonly #log: Log;
  readonly #judge: LocalLeaseJudge;
  readonly leaseJudge: LeaseJudge;
  readonly admin: StoreAdmin;
  #closed = false;

  constructor(options: EmbeddedStoreOptions, local: LocalState, log: Log) {
    this.#options = options;
    this.#authorize = options.authorize ?? (() => undefined);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#local = local;
    this.#log = log;
    this.#judge = new LocalLeaseJudge(local, log);
    this.leaseJudge = {
      keepAlive: async (request, signal) => {
        this.#admit(request.principal, [{ kind: 'lease' }], signal);
        return this.#judge.keepAlive(request, signal);
      },
      timeToLive: async (request, signal) => {
        this.#admit(request.principal, [{ kind: 'lease' }], signal);
        return this.#judge.timeToLive(request, signal);
      },
    };
    this.admin = new LocalStoreAdmin({
      clock: options.clock,
      local,
      log,
      admit: (...asked) => {
        this.#admit(...asked);
      },
      propose: async (...proposed) => accepted(await this.#propose(...proposed)),
      readBarrier: (signal) => this.#readBarrier(signal),
    });
    local.opened(log);
  }

  get format(): number {
    return this.#local.machine.format;
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResult> {
    checkRange(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    if (request.serializable !== true) await this.#readBarrier(signal);
    const { revision: current, keyspaces } = this.#local.machine;
    if (request.revision !== undefined && request.revision > current) {
      throw new FutureRevisionError(request.revision, current);
    }
    const keyspace = keyspaces[request.keyspace];
    const tree = request.revision === undefined ? keyspace.current : keyspace.view(request.revision);
    return { ...this.#local.header(), ...answerRange(tree, request) };
  }

  async txn(request: TxnRequest, signal?: AbortSignal): Promise<TxnResult> {
    checkTxn(request, this.#limits);
    this.#admit(request.principal, actionsOfTxn(request), signal);
    const command: Command = { kind: 'txn', txn: request, idempotency: request.idempotency };
    const applied = accepted(await this.#propose(command, signal));
    assert(applied.kind === 'txn', 'a transaction is answered with one');
    const { incarnation } = this.#options;
    const { revision, answer } = applied;
    return { incarnation, revision, succeeded: answer.succeeded, results: answer.results };
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    const isAborted = (): boolean => signal.aborted;
    if (isAborted()) return;
    checkWatch(request, this.#limits);
    this.#admit(request.principal, [{ kind: 'read', keyspace: request.keyspace, keys: request.keys }], signal);
    try {
      await this.#readBarrier(signal);
    } catch (error) {
      if (isAborted()) return;
      throw error;
    }
    yield* this.#local.watches.watch(request, signal);
  }

  async grantLease(request: GrantLeaseRequest, signal?: AbortSignal): Promise<Lease> {
    checkGrant(request);
    this.#admit(request.principal, actionsOfGrant(request), signal);
    const ttlSeconds = Math.max(LEASE_TTL_SECONDS_MIN, request.ttlSeconds);
    const { keyspace = 'user' } = request;
    const whose = keyspace === 'user' || this.format < ALARMS_FORMAT ? {} : { keyspace };
    for (;;) {
      const id = request.id ?? this.#freeLeaseId();
      try {
        const applied = accepted(await this.#propose({ kind: 'grant', id, ttlSeconds, ...whose }, signal));
        return { ...this.#headerOf(applied), id, ttlSeconds };
      } catch (error) {
        // Another member may have chosen the same 62 bits meanwhile.
        if (request.id !== undefined || !(error instanceof LeaseExistsError)) throw error;
      }
    }
  }

  async keepAlive(request: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    return this.#judgeNow().keepAlive(request, signal);
  }

  async revokeLease(request: LeaseRequest, signal?: AbortSignal): Promise<Header> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    // Who asks must be allowed to delete all keys of the lease, not just those that this member has heard of.
    await this.#readBarrier(signal);
    const writes = this.#local.machine.leases
      .keysOf(request.id)
      .map(([keyspace, key]): KvAction => ({ kind: 'write', keyspace, keys: oneKey(key) }));
    this.#admit(request.principal, writes, signal);
    return this.#headerOf(accepted(await this.#propose({ kind: 'revoke', id: request.id }, signal)));
  }

  async timeToLive(request: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    return this.#judgeNow().timeToLive(request, signal);
  }

  async leases(request: PrincipalRequest, signal?: AbortSignal): Promise<LeaseList> {
    this.#admit(request.principal, [{ kind: 'lease' }], signal);
    await this.#readBarrier(signal);
    return { ...this.#local.header(), ids: this.#local.machine.leases.ids() };
  }

  async compact(request: CompactRequest, signal?: AbortSignal): Promise<Header> {
    this.#admit(request.principal, [{ kind: 'compact', keyspace: request.keyspace }], signal);
    const { keyspace, revision } = request;
    return this.#headerOf(accepted(await this.#propose({ kind: 'compact', keyspace, revision }, signal)));
  }

  status(signal?: AbortSignal): Promise<StoreStatus> {
    signal?.throwIfAborted();
    const { term, memberId, leaderId } = this.#log.leadership();
    const { clusterId } = this.#log;
    const keyspaces = statusOf(this.#local.machine.keyspaces);
    return Promise.resolve({ ...this.#local.header(), clusterId, memberId, term, leaderId, keyspaces });
  }

  hash(): StateHash {
    const { machine } = this.#local;
    return { index: machine.index, sha256: hashSlices(machine.snapshot()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#local.close();
    await this.#log[Symbol.asyncDispose]();
  }

  /** The one place where a request is let in. */
  #admit(principal: Principal, actions: Iterable<KvAction>, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new StoreClosedError();
    for (const action of actions) this.#authorize(principal, action);
  }

  /** Hot path: not an async function, as who calls it is one. */
  #propose(command: Command, signal: AbortSignal | undefined): Promise<Applied> {
    const { format } = this;
    if (formatOf(command) > format) throw new FormatNotActiveError(formatOf(command), format);
    return abortable(this.#log.propose(command), signal);
  }

  #readBarrier(signal: AbortSignal | undefined): Promise<void> {
    return abortable(this.#log.readBarrier(), signal);
  }

  /** Another member, if it leads and there is a way to ask it. */
  #judgeNow(): LeaseJudge {
    const { leaderId, memberId } = this.#log.leadership();
    if (leaderId === undefined || leaderId === memberId) return this.#judge;
    return this.#options.leaseJudgeOf?.(leaderId) ?? this.#judge;
  }

  #headerOf({ revision }: Accepted): Header {
    return { incarnation: this.#options.incarnation, revision };
  }

  #freeLeaseId(): LeaseId {
    const { rng } = this.#options;
    for (;;) {
      const id = leaseId((BigInt(rng.below(2 ** 31)) << 31n) | BigInt(rng.below(2 ** 31)));
      if (id !== 0n && !this.#local.machine.leases.has(id)) return id;
    }
  }
}

function accepted(applied: Applied): Accepted {
  if (applied.kind === 'refused') throw applied.error;
  return applied;
}
