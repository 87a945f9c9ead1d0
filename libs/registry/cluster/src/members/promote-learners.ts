import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import type { Member } from '../open-member.ts';
import type { LeaderAdmin } from './leader-admin.ts';

/** How often a leader looks whether a learner that is to vote has caught up. */
const LOOK_MS = 500;

export interface PromoteLearnersOptions {
  readonly member: Pick<Member, 'raft' | 'membership'>;
  readonly leaderAdmin: Pick<LeaderAdmin, 'promotable' | 'promote'>;
  readonly clock: Clock;
}

/** While this member leads, it gives their vote to those learners that are to get it by themselves. */
export class PromoteLearners implements Disposable {
  readonly #options: PromoteLearnersOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: PromoteLearnersOptions) {
    this.#options = options;
    this.#await();
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #await(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      const again = (): void => {
        this.#await();
      };
      void this.#look().then(again);
    });
  }

  async #look(): Promise<void> {
    const { member, leaderAdmin } = this.#options;
    const { raft, membership } = member;
    if (raft.leadership.leader !== membership.memberId || !raft.leadership.isEstablished) return;
    try {
      for (const id of await leaderAdmin.promotable()) await leaderAdmin.promote(id);
    } catch (error) {
      // Not caught up, or somebody else leads: the next look will see.
      if (!(error instanceof PortolanError)) throw error;
    }
  }
}
