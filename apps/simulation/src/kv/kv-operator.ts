import { PortolanError, type Rng } from '@portolan/kernel';
import type { KvCluster } from '@portolan/kv/testing';
import { memberId, type ConfigurationChange, type MemberId, type RaftStatus } from '@portolan/raft';
import type { KvCoverage } from './coverage.ts';
import { oneOf } from './scene.ts';

const PAUSE_MS_MAX = 8_000;
/** Fewer would make one fault the loss of a quorum, more only slow the world down. */
const VOTERS_MIN = 3;
const VOTERS_MAX = 5;
const MEMBERS_MAX = 8;

/** Changes who is a member and who leads, as operators do, at moments that nobody would choose. */
export class KvOperator {
  readonly #cluster: KvCluster;
  readonly #rng: Rng;
  readonly #coverage: KvCoverage;
  readonly #isToStay: (id: MemberId) => boolean;
  #isStopped = false;

  /** @param isToStay no member that may be removed */
  constructor(cluster: KvCluster, rng: Rng, coverage: KvCoverage, isToStay: (id: MemberId) => boolean) {
    this.#cluster = cluster;
    this.#isToStay = isToStay;
    this.#rng = rng;
    this.#coverage = coverage;
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #next(): void {
    this.#cluster.world.clock.after(1 + this.#rng.below(PAUSE_MS_MAX), () => {
      if (this.#isStopped) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { raft, world } = this.#cluster;
    const { leader } = raft;
    if (leader === undefined) return;
    const { status } = leader.member;
    try {
      if (this.#rng.below(3) === 0) {
        const to = oneOf(this.#rng, status.configuration.voters) ?? status.id;
        world.log.note(`operator  asks ${status.id} to hand over to ${to}`);
        leader.member.transferLeadership(to);
        return;
      }
      const changes = this.#draw(status);
      if (changes.length === 0) return;
      const text = changes.map(({ kind, member }) => `${kind} ${member}`).join(', ');
      world.log.note(`operator  asks ${status.id}: ${text}`);
      leader.member.change(changes);
      if (changes.some(({ kind }) => kind === 'add-learner')) this.#coverage.count('learners added');
    } catch (error) {
      // Refused for a reason that it names: there is always another time.
      if (!(error instanceof PortolanError)) throw error;
      world.log.note(`operator  is refused: ${error.message}`);
    }
  }

  #draw({ configuration: { voters, learners } }: RaftStatus): readonly ConfigurationChange[] {
    const [learner] = learners;
    if (learner !== undefined && this.#rng.below(2) === 0) return [{ kind: 'add-voter', member: learner }];
    switch (this.#rng.below(4)) {
      case 0:
      case 1:
        return this.#added().map((member) => ({ kind: 'add-learner', member }));
      case 2: {
        const removed = oneOf(this.#rng, voters);
        if (removed === undefined || this.#isToStay(removed)) return [];
        return voters.length <= VOTERS_MIN ? [] : [{ kind: 'remove', member: removed }];
      }
      default:
        return voters.length < VOTERS_MAX ? this.#added().map((member) => ({ kind: 'add-voter', member })) : [];
    }
  }

  /** A member that never was: ids are not used again. */
  #added(): readonly MemberId[] {
    const { ids, raft } = this.#cluster;
    if (ids.length >= MEMBERS_MAX) return [];
    const id = memberId(BigInt(ids.length + 1));
    raft.add(id);
    return [id];
  }
}
