import type { Rng } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { Envelope } from '@portolan/raft-driver/testing';
import {
  blackHole,
  type Cut,
  type DiskFaults,
  type LinkConditions,
  type VirtualHost,
  type VirtualNetwork,
  type VirtualWorld,
} from '@portolan/virtual-world';
import { LEADER, type Ambush, type RaftTarget } from './faults.ts';
import type { Members } from './members.ts';

type FaultName =
  'crashes of one' | 'crashes of all' | 'crashes at a bad moment' | 'pauses' | 'disks hung under a leader';

/** What faults act on. */
export interface Ground {
  readonly world: VirtualWorld<Envelope>;
  readonly members: Members;
  /** Power fails at a member. */
  readonly crash: (id: MemberId) => void;
  /** The network of its clients, where they have one: who is cut off is cut off from them too. */
  readonly clients?: Pick<VirtualNetwork<never>, 'cut' | 'heal' | 'setConditions'>;
  readonly rng: Rng;
  readonly coverage: { readonly count: (name: FaultName) => void };
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
 * A cluster as one fault sees it, whatever its members keep. A plan is drawn before anybody knows who will be a member, and who leads: its
 * hosts are roles. They are dealt among the members when the fault starts, as cards are, and mean the same until it ends.
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
    const { world, clients, conditions: usual } = this.#ground;
    for (const network of [world.network, clients]) network?.setConditions(conditions ?? usual);
  }

  crash(role: string, what: 'power' | 'process'): void {
    const { members, crash, coverage } = this.#ground;
    for (const id of this.#hand(role).filter((member) => members.running.has(member))) {
      if (what === 'power') crash(id);
      else members.kill(id);
      coverage.count('crashes of one');
      if (members.running.size === 0) coverage.count('crashes of all');
    }
  }

  restart(role: string): void {
    for (const id of this.#hand(role)) this.#ground.members.restart(id);
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
    const { members, coverage } = this.#ground;
    const leader = members.leader?.life.host;
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
    const { members, crash, damaged } = this.#ground;
    const [id] = this.#hand(role);
    if (id === undefined || !members.running.has(id)) return;
    if (damaged.size > 0 || members.running.size < RUNNING_FOR_DAMAGE_MIN) return;
    damaged.add(id);
    crash(id);
    const { drive } = members.host(id);
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
    const { world, members, crash, coverage } = this.#ground;
    if (!members.running.has(id)) return;
    coverage.count('crashes at a bad moment');
    crash(id);
    world.clock.after(downMs, () => {
      members.restart(id);
    });
  }

  #cutOffFor(id: MemberId, downMs: number): void {
    const { world, members } = this.#ground;
    const cut = blackHole(members.host(id).name, 'both');
    this.#cutOff(cut);
    world.clock.after(downMs, () => {
      this.#reconnect(cut);
    });
  }

  #cutOff(cut: Cut): void {
    const { world, clients, cuts } = this.#ground;
    cuts.add(world.network.cut(cut));
    clients?.cut(cut);
  }

  #reconnect(cut: Cut): void {
    const { world, clients, cuts } = this.#ground;
    cuts.delete(cut);
    world.network.heal(cut);
    clients?.heal(cut);
  }

  #deal(role: string, id: MemberId): void {
    this.#hands.set(role, [...this.#hand(role), id]);
    this.#roles.set(this.#ground.members.host(id).name, role);
  }

  #hand(role: string): readonly MemberId[] {
    return this.#hands.get(role) ?? [];
  }

  #hosts(role: string): readonly VirtualHost[] {
    return this.#hand(role).map((id) => this.#ground.members.host(id));
  }

  /** Who leads first, if anybody does. */
  #shuffled(): readonly MemberId[] {
    const { members, rng } = this.#ground;
    const leader = members.leader?.member.status.id;
    const left = members.ids.filter((id) => id !== leader);
    const others = [...left].flatMap(() => left.splice(rng.below(left.length), 1));
    return leader === undefined ? others : [leader, ...others];
  }
}
