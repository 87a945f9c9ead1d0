import type { Configuration, Leadership, MemberId } from '@portolan/raft';

/**
 * So many election time-outs is a leader waited for: one or two until the old one is missed, and another for a vote that was split.
 * Longer: who asks waits in vain; shorter: an ordinary change of leaders is an error.
 */
export const PATIENCE_ELECTIONS = 3;
/** Who has just started has met nobody yet: it takes as long as one answer may. */
const STARTING_ELECTIONS = 7;
/** A leader that says nothing for so many is missed: no voter waits longer before it asks for votes. For learners, which never ask. */
const SILENCE_ELECTIONS = 2;
/** Who has lost its leader hears a quorum within this part of one: five round trips, as there are ten at least in all of it. */
const HEARING_PART = 0.5;

export interface LeaderOutlookOptions {
  readonly memberId: MemberId;
  readonly electionTicks: number;
  /** Asked only while nobody leads. */
  readonly configuration: () => Configuration;
}

/**
 * Whether a member may expect to be led. Elections take a moment, and what is asked meanwhile waits; but a member that is cut off
 * would let everybody wait in vain, who could ask another: it has led and gave up, it hears no quorum, or there was no leader for
 * too long. Then nothing is to be expected until there is one. The only voter is never cut off. Counted in ticks: a pause of this
 * process is no silence of the others.
 */
export class LeaderOutlook {
  readonly #options: LeaderOutlookOptions;
  #term = 0;
  #leader: MemberId | undefined;
  #hasBeenLed = false;
  #ticksWithoutLeader = 0;
  #ticksWithoutQuorum = 0;
  #silentTicks = 0;
  readonly #heard = new Set<MemberId>();
  #isolation: string | undefined;

  constructor(options: LeaderOutlookOptions) {
    this.#options = options;
  }

  /** Why no leader is to be expected; undefined while one is. */
  get isolation(): string | undefined {
    return this.#isolation;
  }

  /** Hot path: each message. */
  heard(from: MemberId): void {
    if (this.#leader === undefined) this.#heard.add(from);
    else if (from === this.#leader) this.#silentTicks = 0;
  }

  /** To be told of each change. */
  changed({ term, leader }: Leadership): void {
    const gaveUp = this.#leader === this.#options.memberId && leader === undefined && term === this.#term;
    this.#term = term;
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#ticksWithoutLeader = 0;
    this.#ticksWithoutQuorum = 0;
    this.#silentTicks = 0;
    this.#heard.clear();
    this.#hasBeenLed ||= leader !== undefined;
    if (leader !== undefined) this.#isolation = undefined;
    else if (gaveUp && !this.#hearsQuorum()) {
      this.#isolation = 'it has led, and gave up, as it did not hear a quorum or its disk hangs';
    }
  }

  tick(): void {
    const { memberId, electionTicks } = this.#options;
    if (this.#leader === memberId) return;
    if (this.#leader !== undefined) {
      this.#silentTicks += 1;
      if (this.#silentTicks > SILENCE_ELECTIONS * electionTicks)
        this.#isolation ??= 'it does not hear its leader any more';
      else this.#isolation = undefined;
      return;
    }
    this.#ticksWithoutLeader += 1;
    this.#ticksWithoutQuorum += 1;
    if (this.#isAlone()) return;
    if (this.#hearsQuorum()) {
      this.#ticksWithoutQuorum = 0;
      this.#heard.clear();
    }
    const patience = this.#hasBeenLed ? PATIENCE_ELECTIONS : STARTING_ELECTIONS;
    if (this.#ticksWithoutLeader > patience * electionTicks) {
      this.#isolation ??= 'nobody was elected for too long';
    } else if (this.#hasBeenLed && this.#ticksWithoutQuorum > HEARING_PART * electionTicks) {
      this.#isolation ??= 'it has lost its leader, and does not hear a quorum';
    }
  }

  #isAlone(): boolean {
    const { memberId, configuration } = this.#options;
    const { voters, outgoing } = configuration();
    return [...voters, ...outgoing].every((id) => id === memberId);
  }

  #hearsQuorum(): boolean {
    const { memberId, configuration } = this.#options;
    const { voters, outgoing } = configuration();
    return [voters, outgoing].every((members) => {
      const count = members.filter((id) => id === memberId || this.#heard.has(id)).length;
      return members.length === 0 || count > members.length / 2;
    });
  }
}
