import type { Entry } from './entry.ts';
import type { LogIndex, MemberId, Term } from './ids.ts';
import type { Message, RefusalReason } from './message.ts';
import type { SnapshotMetadata } from './snapshot.ts';

/** What a member must never forget (§5.1): with another vote in its term it would elect two leaders. */
export interface HardState {
  readonly term: Term;
  readonly vote: MemberId | undefined;
  /** Saves a restarted member the wait for its leader; written with what must be written anyway. */
  readonly committed: LogIndex;
}

/** To be durable as a whole before `advance`, and in the order of their readies. */
export interface Persist {
  readonly hardState: HardState;
  /** To be the whole log up to its index: install it first, and let the state machine start from it. */
  readonly snapshot: SnapshotMetadata | undefined;
  /** Overwrite what the log has from the index of the first on. */
  readonly entries: readonly Entry[];
}

/** What became of a proposal, by the token it was proposed with. */
export type Placement =
  /** In the leader's log. It is committed if the entry applied at `index` has `term`, and certainly lost if it has another. */
  | { readonly kind: 'placed'; readonly token: number; readonly index: LogIndex; readonly term: Term }
  /** Certainly not proposed. */
  | { readonly kind: 'refused'; readonly token: number; readonly reason: RefusalReason }
  /** The leader it was sent to is gone, or silent: it may be committed, now or later, or not. */
  | { readonly kind: 'unknown'; readonly token: number };

/** What became of a read, by the token it was asked with. */
export type ReadAnswer =
  /** Linearizable once `index` is applied. */
  | { readonly kind: 'confirmed'; readonly token: number; readonly index: LogIndex }
  /** The leader changed, or is silent: ask again. */
  | { readonly kind: 'dropped'; readonly token: number };

/** What the driver is to do now; each thing is given once. */
export interface Ready {
  /** Not undefined: make it durable, then `advance`. The next readies need not wait for it. */
  readonly persist: Persist | undefined;
  /** May leave at once: what relies on something not yet durable is held back until it is. */
  readonly messages: readonly Message[];
  /** To apply, in order; durable here and committed. */
  readonly committed: readonly Entry[];
  readonly placements: readonly Placement[];
  readonly reads: readonly ReadAnswer[];
}
