import type { Clock, Rng } from '@portolan/kernel';
import type { Leadership, MemberId, RaftEvent, RaftLimits } from '@portolan/raft';
import type { Disk, DiskFullError, TornTail } from '@portolan/storage';
import type { StateMachine } from './state-machine.ts';
import type { Transport } from './transport.ts';

/** One tick of the core (`ELECTION_TICKS` is ten of them), as etcd's heartbeat. */
export const TICK_MS = 100;
/** A proposal or read without an answer for so long: etcd's request time-out, 5 s and twice its election timeout. */
export const ANSWER_TIMEOUT_MS = 7_000;
/**
 * A snapshot is taken after so many entries, as in etcd 3.4 … Lower: a restart, which reads and applies them, is quicker by some 10 µs each.
 * Higher: all that the state machine holds is written less often, which at 10,000 took more of a put than all else together.
 */
export const SNAPSHOT_ENTRIES = 100_000;
/** … or so many bytes of them: what a restart has to read and apply. */
export const SNAPSHOT_BYTES = 256 * 1_048_576;
/** Entries that stay in memory behind a snapshot: a follower that lags by less is not sent all of it (etcd's `SnapshotCatchUpEntries`). */
export const KEEP_ENTRIES = 5_000;
/** … but no more than so many bytes of them: at 1.5 MiB a request they would be 7 GiB. */
export const KEEP_BYTES = 64 * 1_048_576;
/** Snapshots on disk; the log is kept from the oldest on, so that the newest can be lost. */
export const KEEP_SNAPSHOTS = 2;

export interface RaftMemberOptions<Result> {
  readonly clusterId: bigint;
  readonly memberId: MemberId;
  /**
   * What an empty folder becomes; not looked at when there is a log.
   * The first members of a cluster are given the same list; who joins a running one is added there by `change`.
   */
  readonly start: { readonly kind: 'bootstrap'; readonly members: readonly MemberId[] } | { readonly kind: 'join' };
  readonly disk: Disk;
  /** Absolute, this member's alone: the log in `wal`, snapshots in `snapshots`. */
  readonly folder: string;
  readonly machine: StateMachine<Result>;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly limits?: Partial<RaftLimits>;
  readonly tickMs?: number;
  readonly answerTimeoutMs?: number;
  /**
   * Calls back soon: all that comes until then is one append, one round of reads, and one message to each follower. A microtask when
   * not given; with `setImmediate` it is all that the system had ready in one turn of the event loop, which is what a server wants.
   */
  readonly soon?: (callback: () => void) => void;
  readonly snapshots?: Partial<SnapshotPolicy>;
  readonly segmentBytes?: number;
  readonly onEvent?: (event: MemberEvent) => void;
  /**
   * The disk failed, the state machine could not be restored, or an invariant is broken. The member has stopped; the process ends,
   * for what it has in memory may not be what it has promised.
   */
  readonly onFatal: (error: unknown) => void;
}

export interface SnapshotPolicy {
  readonly entries: number;
  readonly bytes: number;
  readonly keepEntries: number;
  readonly keepBytes: number;
  readonly keepSnapshots: number;
}

export const DEFAULT_SNAPSHOT_POLICY: SnapshotPolicy = {
  entries: SNAPSHOT_ENTRIES,
  bytes: SNAPSHOT_BYTES,
  keepEntries: KEEP_ENTRIES,
  keepBytes: KEEP_BYTES,
  keepSnapshots: KEEP_SNAPSHOTS,
};

export type MemberEvent =
  | RaftEvent
  | { readonly kind: 'leadership'; readonly leadership: Leadership }
  /** It has no leader, and is not to expect one soon (`LeaderOutlook`): whoever follows it had better go elsewhere. */
  | { readonly kind: 'isolated'; readonly why: string }
  | { readonly kind: 'log-cut'; readonly tail: TornTail }
  | { readonly kind: 'disk-full'; readonly error: DiskFullError }
  | { readonly kind: 'snapshot-saved'; readonly index: number }
  /** The log goes on growing; the next try is after as many entries again. */
  | { readonly kind: 'snapshot-failed'; readonly index: number; readonly error: unknown }
  /** A follower could not be sent one. */
  | { readonly kind: 'snapshot-not-sent'; readonly to: MemberId; readonly error: unknown };
