import type { Rng } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { Envelope } from '@portolan/raft-driver/testing';
import {
  blackHole,
  type Cut,
  type DiskFaults,
  type LinkConditions,
  type VirtualHost,
  type VirtualWorld,
} from '@portolan/virtual-world';
import type { CoverageCounter } from './coverage.ts';
import { LEADER, type Ambush, type RaftTarget } from './faults.ts';
import type { RegisterCluster } from './register-clients.ts';

/** What faults act on. */
export interface Ground {
  readonly world: VirtualWorld<Envelope>;
  readonly cluster: RegisterCluster;
  readonly rng: Rng;
  readonly coverage: CoverageCounter;
  /** Of links that nothing is wrong with. */
  readonly conditions: LinkConditions;
  /** Whose disk has lost bits: it never starts again, and there is one at most. */
  readonly damaged: Set<MemberId>;
  /** Cuts of the network that are not healed. */
  readonly cuts: Set<Cut>;
  /** Wait for a moment of a member; each is called with every one, until it returns true. */
  readonly ambushes: Set<(id: MemberId, moment: string) => boolean>;
}

/** As `VirtualCluster` has it. */
const WAL_FOLDER = '/portolan/wal';

/** Damage to one of fewer could be the loss of what only two have. */
const RUNNING_FOR_DAMAGE_MIN = 3;

/**
 * A cluster as one fault sees it. A plan is drawn before anybody knows who will be a member, and who leads: its hosts are
 * roles. They are dealt among the members when the fault starts, as cards are, and mean the same until it ends.
 */
export class ClusterTarget implements RaftTarget {
  readonly #ground: Ground;
  readonly #hands = new Map<string, MemberId[]>();
  readonly #roles = new Map<string, string>();
  readonly #cuts = new Map<Cut, Cut>();
  #ambush: ((id: MemberId, moment: string) => boolean) | undefined = undefined;

  /** @param roles `LEADER` and others, at least two */
  constructor(ground: Ground, roles: readonly string[]) {
    this.#ground = ground;
    const others = roles.filter((role) => role !== LEADER);
    const [first, ...rest] = this.#shuffled();
    if (first !== undefined) this.#deal(LEADER, first);
    for (const [index, id] of rest.entries()) this.#deal(others[index % others.length] ?? LEADER, id);
  }

  cut(cut: Cut): void {
    const roleOf = (name: string): string => this.#roles.get(name) ?? name;
    const dealt = [...this.#hands].map(([role, ids]) => `${role} ${ids.map((id) => `n${id}`).join(' ')}`);
    const actual: Cut = {
      label: `${cut.label} (${dealt.join(', ')})`,
      cuts: (from, to) => cut.cuts(roleOf(from), roleOf(to)),
    };
    this.#cuts.set(cut, actual);
    this.#cutOff(actual);
  }

  heal(cut: Cut): void {
    const actual = this.#cuts.get(cut);
    if (actual !== undefined) this.#reconnect(actual);
  }

  setConditions(conditions: LinkConditions | undefined): void {
    this.#ground.world.network.setConditions(conditions ?? this.#ground.conditions);
  }

  crash(role: string, what: 'power' | 'process'): void {
    const { cluster, coverage } = this.#ground;
    for (const id of this.#hand(role).filter((member) => cluster.running.has(member))) {
      if (what === 'power') cluster.crash(id);
      else cluster.kill(id);
      coverage.count('crashes of one');
      if (cluster.running.size === 0) coverage.count('crashes of all');
    }
  }

  restart(role: string): void {
    for (const id of this.#hand(role)) this.#ground.cluster.restart(id);
  }

  pause(role: string): void {
    for (const host of this.#hosts(role).filter(({ state }) => state === 'running')) {
      this.#ground.coverage.count('pauses');
      host.pause();
    }
  }

  resume(role: string): void {
    for (const host of this.#hosts(role)) host.resume();
  }

  setDiskFaults(role: string, faults: Partial<DiskFaults>): void {
    const { cluster, coverage } = this.#ground;
    const leader = cluster.leader?.life.host;
    for (const { name, drive } of this.#hosts(role)) {
      if (faults.isHung === true && name === leader) coverage.count('disks hung under a leader');
      drive.setFaults(faults);
    }
  }

  fillDisk(role: string): void {
    for (const { drive } of this.#hosts(role)) drive.setFaults({ capacityBytes: drive.usedBytes });
  }

  setClockRate(role: string, rate: number): void {
    for (const host of this.#hosts(role)) host.setClockRate(rate);
  }

  jumpCalendar(role: string, byMs: number): void {
    for (const host of this.#hosts(role)) host.jumpCalendar(byMs);
  }

  layAmbush({ moment, deed, delayMsMax, downMsMax, times }: Ambush): void {
    const { world, rng, ambushes } = this.#ground;
    let left = times;
    this.#ambush = (id, seen) => {
      if (seen !== moment) return false;
      left -= 1;
      const delayMs = rng.below(3) === 0 ? 0 : delayMsMax * rng.float() * rng.float();
      const downMs = downMsMax * rng.float() * rng.float();
      world.clock.after(delayMs, () => {
        if (deed === 'crash') this.#crashFor(id, downMs);
        else this.#cutOffFor(id, downMs);
      });
      return left <= 0;
    };
    ambushes.add(this.#ambush);
  }

  endAmbush(): void {
    if (this.#ambush !== undefined) this.#ground.ambushes.delete(this.#ambush);
  }

  damageLog(role: string, position: number, bit: number): void {
    const { cluster, damaged } = this.#ground;
    const [id] = this.#hand(role);
    if (id === undefined || !cluster.running.has(id)) return;
    if (damaged.size > 0 || cluster.running.size < RUNNING_FOR_DAMAGE_MIN) return;
    damaged.add(id);
    cluster.crash(id);
    const { drive } = cluster.host(id);
    void drive.list(WAL_FOLDER).then((names) => {
      const name = names.findLast((one) => one.endsWith('.wal'));
      if (name === undefined) return;
      const path = `${WAL_FOLDER}/${name}`;
      // What is behind the last batch means nothing: the damage is to what was written.
      const written = drive.contents(path).findLastIndex((byte) => byte !== 0);
      drive.flipBit(path, Math.floor(position * written), bit);
    });
  }

  #crashFor(id: MemberId, downMs: number): void {
    const { world, cluster, coverage } = this.#ground;
    if (!cluster.running.has(id)) return;
    coverage.count('crashes at a bad moment');
    cluster.crash(id);
    world.clock.after(downMs, () => {
      cluster.restart(id);
    });
  }

  #cutOffFor(id: MemberId, downMs: number): void {
    const { world, cluster } = this.#ground;
    const cut = blackHole(cluster.host(id).name, 'both');
    this.#cutOff(cut);
    world.clock.after(downMs, () => {
      this.#reconnect(cut);
    });
  }

  #cutOff(cut: Cut): void {
    this.#ground.cuts.add(this.#ground.world.network.cut(cut));
  }

  #reconnect(cut: Cut): void {
    this.#ground.cuts.delete(cut);
    this.#ground.world.network.heal(cut);
  }

  #deal(role: string, id: MemberId): void {
    this.#hands.set(role, [...this.#hand(role), id]);
    this.#roles.set(this.#ground.cluster.host(id).name, role);
  }

  #hand(role: string): readonly MemberId[] {
    return this.#hands.get(role) ?? [];
  }

  #hosts(role: string): readonly VirtualHost[] {
    return this.#hand(role).map((id) => this.#ground.cluster.host(id));
  }

  /** Who leads first, if anybody does. */
  #shuffled(): readonly MemberId[] {
    const { cluster, rng } = this.#ground;
    const leader = cluster.leader?.member.status.id;
    const left = cluster.ids.filter((id) => id !== leader);
    const others = [...left].flatMap(() => left.splice(rng.below(left.length), 1));
    return leader === undefined ? others : [leader, ...others];
  }
}
