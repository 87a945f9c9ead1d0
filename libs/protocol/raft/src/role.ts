import type { MemberId } from './ids.ts';
import type { Leader } from './leader.ts';

/** What a member is just now, with what only that role knows. */
export type Role = Follower | Campaign | Leader;

export interface Follower {
  readonly kind: 'follower';
}

export interface Campaign {
  readonly kind: 'pre-candidate' | 'candidate';
  /** Granted or not, by who has answered. */
  readonly votes: Map<MemberId, boolean>;
  /** At the old leader's request: its lease does not count. */
  readonly transfer: boolean;
}
