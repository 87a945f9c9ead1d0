import { PortolanError, type Clock, type Rng } from '@portolan/kernel';
import { memberId, type ConfigurationChange, type MemberId, type RaftStatus } from '@portolan/raft';
import type { EventLog } from '@portolan/virtual-world';
import { oneOf } from '../one-of.ts';
import type { Members } from './members.ts';

const PAUSE_MS_MAX = 8_000;

export interface OperatorOptions {
  readonly world: { readonly clock: Clock; readonly log: EventLog };
  readonly members: Members;
  readonly rng: Rng;
  /** Of all that ever were. */
  readonly membersMax: number;
  /** What is asked of who leads; nothing is as good. @param join a member that never was, unless there are enough */
  readonly draw: (status: RaftStatus, join: () => readonly MemberId[]) => readonly ConfigurationChange[];
  /** It was not refused. */
  readonly onChange?: (changes: readonly ConfigurationChange[]) => void;
}

/** Changes who is a member and who leads, as operators do, at moments that nobody would choose. */
export class Operator {
  readonly #options: OperatorOptions;
  #isStopped = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #next(): void {
    const { world, rng } = this.#options;
    world.clock.after(1 + rng.below(PAUSE_MS_MAX), () => {
      if (this.#isStopped) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { members, rng, world, draw, onChange } = this.#options;
    const { leader } = members;
    if (leader === undefined) return;
    const { status } = leader.member;
    try {
      if (rng.below(3) === 0) {
        const to = oneOf(rng, status.configuration.voters) ?? status.id;
        world.log.note(`operator  asks ${status.id} to hand over to ${to}`);
        leader.member.transferLeadership(to);
        return;
      }
      const changes = draw(status, () => this.#join());
      if (changes.length === 0) return;
      const text = changes.map(({ kind, member }) => `${kind} ${member}`).join(', ');
      world.log.note(`operator  asks ${status.id}: ${text}`);
      leader.member.change(changes);
      onChange?.(changes);
    } catch (error) {
      // Refused for a reason that it names: there is always another time.
      if (!(error instanceof PortolanError)) throw error;
      world.log.note(`operator  is refused: ${error.message}`);
    }
  }

  /** Ids are not used again. */
  #join(): readonly MemberId[] {
    const { members, membersMax } = this.#options;
    if (members.ids.length >= membersMax) return [];
    const id = memberId(BigInt(members.ids.length + 1));
    members.add(id);
    return [id];
  }
}
