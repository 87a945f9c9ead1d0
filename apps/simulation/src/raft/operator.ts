import { PortolanError } from '@portolan/kernel';
import { memberId, type ConfigurationChange, type MemberId } from '@portolan/raft';
import type { Ground } from './cluster-target.ts';

const PAUSE_MS_MAX = 8_000;
/** Fewer would make one fault the loss of a quorum, more only slow the world down. */
const VOTERS_MIN = 3;
const VOTERS_MAX = 5;
const MEMBERS_MAX = 9;

/** Changes who is a member and who leads, as operators do, at moments that nobody would choose. */
export class Operator {
  readonly #ground: Ground;
  #isStopped = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #next(): void {
    const { world, rng } = this.#ground;
    world.clock.after(1 + rng.below(PAUSE_MS_MAX), () => {
      if (this.#isStopped) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { cluster, rng, world } = this.#ground;
    const { leader } = cluster;
    if (leader === undefined) return;
    const { status } = leader.member;
    try {
      if (rng.below(3) === 0) {
        const to = this.#pick(status.configuration.voters);
        world.log.note(`operator  asks ${status.id} to hand over to ${to}`);
        leader.member.transferLeadership(to);
        return;
      }
      const changes = this.#draw(status.configuration);
      if (changes.length === 0) return;
      world.log.note(
        `operator  asks ${status.id}: ${changes.map(({ kind, member }) => `${kind} ${member}`).join(', ')}`,
      );
      leader.member.change(changes);
    } catch (error) {
      // Refused for a reason that it names: there is always another time.
      if (!(error instanceof PortolanError)) throw error;
      world.log.note(`operator  is refused: ${error.message}`);
    }
  }

  #draw({
    voters,
    learners,
  }: {
    readonly voters: readonly MemberId[];
    readonly learners: readonly MemberId[];
  }): ConfigurationChange[] {
    const { rng } = this.#ground;
    const [learner] = learners;
    if (learner !== undefined && rng.below(2) === 0) return [{ kind: 'add-voter', member: learner }];
    switch (rng.below(4)) {
      case 0:
        return this.#added().map((member) => ({ kind: 'add-learner', member }));
      case 1:
        return voters.length < VOTERS_MAX ? this.#added().map((member) => ({ kind: 'add-voter', member })) : [];
      case 2:
        return voters.length > VOTERS_MIN ? [{ kind: 'remove', member: this.#pick(voters) }] : [];
      default: {
        // A replacement: never less than a majority of the old and of the new.
        const added = this.#added();
        const removed = this.#pick(voters);
        const replacement = added.map((member): ConfigurationChange => ({ kind: 'add-voter', member }));
        return replacement.length === 0 ? [] : [...replacement, { kind: 'remove', member: removed }];
      }
    }
  }

  /** A member that never was: ids are not used again. */
  #added(): readonly MemberId[] {
    const { cluster } = this.#ground;
    if (cluster.ids.length >= MEMBERS_MAX) return [];
    const id = memberId(BigInt(cluster.ids.length + 1));
    cluster.add(id);
    return [id];
  }

  #pick(ids: readonly MemberId[]): MemberId {
    return ids[this.#ground.rng.below(Math.max(1, ids.length))] ?? memberId(1n);
  }
}
