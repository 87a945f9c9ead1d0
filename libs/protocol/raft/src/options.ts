import type { Rng } from '@portolan/kernel';
import type { Entry } from './entry.ts';
import type { RaftEvent } from './event.ts';
import type { MemberId } from './ids.ts';
import {
  APPEND_BYTES_MAX,
  COMMITTED_BYTES_MAX,
  ELECTION_TICKS,
  HEARTBEAT_TICKS,
  IN_FLIGHT_APPENDS_MAX,
  IN_FLIGHT_BYTES_MAX,
  UNANSWERED_BYTES_MAX,
  UNANSWERED_MAX,
  UNCOMMITTED_BYTES_MAX,
} from './limits.ts';
import type { HardState } from './ready.ts';
import type { SnapshotMetadata } from './snapshot.ts';

export interface RaftOptions {
  readonly id: MemberId;
  /** Which start of this member: greater than at every start before it, or an old answer could pass for a new one. */
  readonly start: number;
  /** For election timeouts. */
  readonly rng: Rng;
  /** As it was persisted last. */
  readonly hardState: HardState;
  /**
   * What the state machine starts from: its snapshot, or (0, 0, `firstConfiguration`), the same on each first member of a cluster.
   * A member that joins starts from (0, 0, `NO_MEMBERS`) and waits to be called.
   */
  readonly snapshot: SnapshotMetadata;
  /** As they were persisted, from `snapshot.index + 1` on. */
  readonly entries: readonly Entry[];
  readonly limits?: Partial<RaftLimits>;
  /** Told what happens, for logs, metrics and transcripts. */
  readonly trace?: (event: RaftEvent) => void;
}

/** Each has its meaning and default in `limits.ts`. */
export interface RaftLimits {
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  readonly appendBytesMax: number;
  readonly inFlightAppendsMax: number;
  readonly inFlightBytesMax: number;
  readonly uncommittedBytesMax: number;
  readonly committedBytesMax: number;
  readonly unansweredMax: number;
  readonly unansweredBytesMax: number;
}

export const DEFAULT_LIMITS: RaftLimits = {
  heartbeatTicks: HEARTBEAT_TICKS,
  electionTicks: ELECTION_TICKS,
  appendBytesMax: APPEND_BYTES_MAX,
  inFlightAppendsMax: IN_FLIGHT_APPENDS_MAX,
  inFlightBytesMax: IN_FLIGHT_BYTES_MAX,
  uncommittedBytesMax: UNCOMMITTED_BYTES_MAX,
  committedBytesMax: COMMITTED_BYTES_MAX,
  unansweredMax: UNANSWERED_MAX,
  unansweredBytesMax: UNANSWERED_BYTES_MAX,
};
