import type { Entry } from './entry.ts';
import type { LogIndex, MemberId, Term } from './ids.ts';
import type { SnapshotMetadata } from './snapshot.ts';

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's, except of pre-votes, which name the term that they would campaign in. */
  readonly term: Term;
}

/** RequestVote (§5.2), or the question before it that costs nobody a term (§9.6 of the thesis). */
export interface VoteRequest extends Envelope {
  readonly kind: 'pre-vote' | 'vote';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** The leader itself asked for it, so its lease is no reason to refuse. */
  readonly transfer: boolean;
}

export interface VoteResponse extends Envelope {
  readonly kind: 'pre-vote-response' | 'vote-response';
  readonly granted: boolean;
}

/** AppendEntries (§5.3). */
export interface Append extends Envelope {
  readonly kind: 'append';
  readonly previousIndex: LogIndex;
  readonly previousTerm: Term;
  readonly entries: readonly Entry[];
  readonly committed: LogIndex;
}

/** Everything up to `index` is durable here, and the same as the leader's. */
export interface Appended extends Envelope {
  readonly kind: 'appended';
  readonly index: LogIndex;
}

/** There is no (`previousIndex`, its term) here; the logs may agree at (`hintIndex`, `hintTerm`). */
export interface AppendRefused extends Envelope {
  readonly kind: 'append-refused';
  readonly previousIndex: LogIndex;
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
}

export interface Heartbeat extends Envelope {
  readonly kind: 'heartbeat';
  /** At most what the follower is known to have. */
  readonly committed: LogIndex;
  /** Grows with each round that confirms reads; unique in the term, so that an old answer confirms nothing new. */
  readonly round: number;
}

export interface HeartbeatResponse extends Envelope {
  readonly kind: 'heartbeat-response';
  readonly round: number;
}

/** InstallSnapshot (§7). The contents travel with it or beside it: that is the driver's. */
export interface InstallSnapshot extends Envelope {
  readonly kind: 'install-snapshot';
  readonly snapshot: SnapshotMetadata;
}

/** Your term is over: mine is `term`. To who sent as a leader of an older one. */
export interface StaleTerm extends Envelope {
  readonly kind: 'stale-term';
}

/**
 * At `committed`, its newest committed entry, the sender's configuration has not who this is for. That is no news to one that is being
 * added; one that was a member at an earlier entry has been removed.
 */
export interface NotAMember extends Envelope {
  readonly kind: 'not-a-member';
  readonly committed: LogIndex;
}

/** Campaign at once (§3.10 of the thesis). */
export interface TimeoutNow extends Envelope {
  readonly kind: 'timeout-now';
}

/** Proposals of a follower's clients. */
export interface Forward extends Envelope {
  readonly kind: 'forward';
  /** Of all forwards that this member ever sends, none has the same. */
  readonly batch: BatchId;
  readonly proposals: readonly Uint8Array[];
}

/** Where they stand in the leader's log, one after the other; or why they do not. */
export interface Forwarded extends Envelope {
  readonly kind: 'forwarded';
  readonly batch: BatchId;
  readonly outcome:
    | { readonly kind: 'placed'; readonly firstIndex: LogIndex }
    | { readonly kind: 'refused'; readonly reason: RefusalReason };
}

export interface ReadIndexRequest extends Envelope {
  readonly kind: 'read-index';
  readonly batch: BatchId;
}

export interface ReadIndexResponse extends Envelope {
  readonly kind: 'read-index-response';
  readonly batch: BatchId;
  readonly index: LogIndex;
}

/** Grows with each batch of a member, over its restarts too. */
export interface BatchId {
  /** Which start of the member: greater than at every start before it. */
  readonly start: number;
  /** Which batch since then. */
  readonly sequence: number;
}

export type RefusalReason = 'not-leader' | 'overloaded' | 'transferring';

export type Message =
  | VoteRequest
  | VoteResponse
  | Append
  | Appended
  | AppendRefused
  | Heartbeat
  | HeartbeatResponse
  | InstallSnapshot
  | StaleTerm
  | NotAMember
  | TimeoutNow
  | Forward
  | Forwarded
  | ReadIndexRequest
  | ReadIndexResponse;

/** A message without its envelope: `Core.send` adds it. */
export type Unaddressed<M extends Message = Message> = M extends Message ? Omit<M, 'from' | 'to' | 'term'> : never;
