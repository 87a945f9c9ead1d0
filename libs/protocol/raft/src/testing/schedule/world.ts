import { createSeededRng, type Rng } from '@portolan/kernel';
import { firstConfiguration } from '../../configuration.ts';
import { memberId, type MemberId } from '../../ids.ts';
import type { RaftLimits } from '../../options.ts';
import { Cluster } from '../cluster.ts';
import { Disk } from '../disk.ts';
import type { Happening } from '../happening.ts';
import type { Member } from '../member.ts';
import type { Parcel } from '../network.ts';
import { SafetyChecker } from '../safety/checker.ts';

/** The last happenings are what a failure shows. */
const REMEMBERED = 60;
/** Members that there may ever be. */
export const MEMBERS_MAX = 6;

/** One random history: a cluster, its checker, and what has happened last. */
export class World {
  readonly rng: Rng;
  readonly cluster: Cluster;
  readonly checker: SafetyChecker;
  readonly limits: RaftLimitsOfSchedule;
  /** How much of it there is, against an ordinary world. */
  readonly trouble: number;
  readonly counts: Record<string, number> = {};
  /** Parcels that arrive once more, when nobody thinks of them any longer. */
  readonly strays: Parcel[] = [];
  #past: Happening[] = [];
  readonly #leaders = new Set<MemberId>();

  constructor(seed: number) {
    this.rng = createSeededRng(seed);
    this.limits = limitsOf(this.rng);
    this.trouble = this.pick([0.1, 0.3, 1, 2]);
    this.cluster = new Cluster({
      rng: this.rng,
      limits: this.limits,
      tell: (happening) => {
        this.#tell(happening);
      },
    });
    const ids = Array.from({ length: MEMBERS_MAX }, (_, place) => memberId(BigInt(place + 1)));
    const voters = ids.slice(0, this.pick([1, 2, 3, 3, 3, 5]));
    const first = firstConfiguration(voters);
    this.checker = new SafetyChecker(this.cluster, first);
    for (const id of ids) this.cluster.add(id, voters.includes(id) ? new Disk(first) : new Disk());
  }

  #tell(happening: Happening): void {
    this.#past.push(happening);
    if (this.#past.length > 2 * REMEMBERED) this.#past = this.#past.slice(REMEMBERED);
    if (happening.kind === 'event') this.count(happening.event.kind);
    if (happening.kind === 'event' && happening.event.kind === 'became') {
      if (happening.event.role === 'leader') this.#leaders.add(happening.member);
      else this.#leaders.delete(happening.member);
    }
    if (happening.kind === 'crashed') this.#leaders.delete(happening.member);
    this.checker.told(happening);
  }

  get past(): readonly Happening[] {
    return this.#past.slice(-REMEMBERED);
  }

  /** So that a run can say, and a test demand, what it has been through. */
  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.rng.below(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  chance(percent: number): boolean {
    return this.rng.float() * 100 < percent;
  }

  get running(): readonly Member[] {
    return this.cluster.running;
  }

  get leaders(): readonly MemberId[] {
    return [...this.#leaders];
  }
}

type RaftLimitsOfSchedule = Partial<RaftLimits> & { readonly electionTicks: number };

/** Small, so that every one of them is reached. */
function limitsOf(rng: Rng): RaftLimitsOfSchedule {
  return {
    electionTicks: 4 + rng.below(8),
    appendBytesMax: 40 + rng.below(200),
    inFlightAppendsMax: 1 + rng.below(4),
    inFlightBytesMax: 100 + rng.below(1_000),
    committedBytesMax: 40 + rng.below(200),
    uncommittedBytesMax: 300 + rng.below(2_000),
    unansweredMax: 1 + rng.below(20),
  };
}
