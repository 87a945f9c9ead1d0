import type { Rng } from '@portolan/kernel';
import type { KvCluster } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import {
  blackHole,
  worldTarget,
  type Cut,
  type DiskFaults,
  type FaultRow,
  type LinkConditions,
  type NemesisTarget,
  type VirtualHost,
} from '@portolan/virtual-world';
import { CLUSTER_FAULTS, LEADER, type Ambush, type RaftTarget } from '../raft/faults.ts';
import type { ClientNetwork } from './client-network.ts';
import type { KvCoverage } from './coverage.ts';

/** What faults act on. */
export interface KvGround {
  readonly cluster: KvCluster;
  readonly clients: ClientNetwork;
  readonly rng: Rng;
  readonly coverage: KvCoverage;
  /** Of links that nothing is wrong with. */
  readonly conditions: LinkConditions;
  /** Cuts of the network that are not healed. */
  readonly cuts: Set<Cut>;
  /** Wait for a moment of a member; each is called with every one, until it returns true. */
  readonly ambushes: Set<(id: MemberId, moment: string) => boolean>;
}

type AmbushTarget = NemesisTarget & Pick<RaftTarget, 'layAmbush' | 'endAmbush'>;

/** What can happen to a cluster; that damage to a log is noticed, the members alone are asked (`--core raft`). */
export const KV_FAULTS: Readonly<Record<string, FaultRow<AmbushTarget>>> = Object.fromEntries(
  Object.entries(CLUSTER_FAULTS).filter(([name]) => name !== 'bit-flip'),
);

/**
 * Stores over Raft and their clients, as one fault sees them. The plan's hosts are roles: they are dealt among the members when the fault
 * starts, and mean the same until it ends. What is cut off is cut off from clients too, where the fault says nothing of whom.
 */
export class KvTarget implements AmbushTarget {
  readonly #ground: KvGround;
  readonly #world: NemesisTarget;
  readonly #hands = new Map<string, MemberId[]>();
  readonly #roles = new Map<string, string>();
  readonly #cuts = new Map<Cut, Cut>();
  #ambush: ((id: MemberId, moment: string) => boolean) | undefined = undefined;

  /** @param roles `LEADER` and others, at least two */
  constructor(ground: KvGround, roles: readonly string[]) {
    this.#ground = ground;
    const restart = (host: VirtualHost): void => {
      ground.cluster.raft.restart(idOf(ground.cluster, host.name));
    };
    this.#world = worldTarget(ground.cluster.world, { restart, conditions: ground.conditions });
    const others = roles.filter((role) => role !== LEADER);
    for (const [index, id] of inOrder(ground).entries()) {
      this.#deal(index === 0 ? LEADER : (others[(index - 1) % others.length] ?? LEADER), id);
    }
  }

  cut(cut: Cut): void {
    const roleOf = (name: string): string => this.#roles.get(name) ?? name;
    const dealt = [...this.#hands].map(([role, ids]) => `${role} ${ids.map(nameOf).join(' ')}`);
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
    this.#world.setConditions(conditions);
    this.#ground.clients.network.setConditions(conditions ?? this.#ground.conditions);
  }

  crash(role: string, what: 'power' | 'process'): void {
    const { cluster, coverage } = this.#ground;
    const { running } = cluster.raft;
    for (const id of this.#hand(role).filter((member) => running.has(member))) {
      if (what === 'power') cluster.crash(id);
      else cluster.raft.kill(id);
      coverage.count('crashes of one');
      if (running.size === 0) coverage.count('crashes of all');
    }
  }

  restart(role: string): void {
    for (const id of this.#hand(role)) this.#ground.cluster.raft.restart(id);
  }

  pause(role: string): void {
    for (const id of this.#hand(role)) {
      if (this.#ground.cluster.raft.host(id).state === 'running') this.#ground.coverage.count('pauses');
      this.#world.pause(nameOf(id));
    }
  }

  resume(role: string): void {
    for (const id of this.#hand(role)) this.#world.resume(nameOf(id));
  }

  setDiskFaults(role: string, faults: Partial<DiskFaults>): void {
    for (const id of this.#hand(role)) this.#world.setDiskFaults(nameOf(id), faults);
  }

  fillDisk(role: string): void {
    for (const id of this.#hand(role)) this.#world.fillDisk(nameOf(id));
  }

  setClockRate(role: string, rate: number): void {
    for (const id of this.#hand(role)) this.#world.setClockRate(nameOf(id), rate);
  }

  jumpCalendar(role: string, byMs: number): void {
    for (const id of this.#hand(role)) this.#world.jumpCalendar(nameOf(id), byMs);
  }

  layAmbush({ moment, deed, delayMsMax, downMsMax, times }: Ambush): void {
    const { cluster, rng, ambushes } = this.#ground;
    let left = times;
    this.#ambush = (id, seen) => {
      if (seen !== moment) return false;
      left -= 1;
      const delayMs = rng.below(3) === 0 ? 0 : delayMsMax * rng.float() * rng.float();
      const downMs = downMsMax * rng.float() * rng.float();
      cluster.world.clock.after(delayMs, () => {
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

  #crashFor(id: MemberId, downMs: number): void {
    const { cluster, coverage } = this.#ground;
    if (!cluster.raft.running.has(id)) return;
    coverage.count('crashes at a bad moment');
    cluster.crash(id);
    cluster.world.clock.after(downMs, () => {
      cluster.raft.restart(id);
    });
  }

  #cutOffFor(id: MemberId, downMs: number): void {
    const cut = blackHole(nameOf(id), 'both');
    this.#cutOff(cut);
    this.#ground.cluster.world.clock.after(downMs, () => {
      this.#reconnect(cut);
    });
  }

  #cutOff(cut: Cut): void {
    const { cluster, clients, cuts } = this.#ground;
    cuts.add(cluster.world.network.cut(cut));
    clients.network.cut(cut);
  }

  #reconnect(cut: Cut): void {
    const { cluster, clients, cuts } = this.#ground;
    cuts.delete(cut);
    cluster.world.network.heal(cut);
    clients.network.heal(cut);
  }

  #deal(role: string, id: MemberId): void {
    this.#hands.set(role, [...this.#hand(role), id]);
    this.#roles.set(nameOf(id), role);
  }

  #hand(role: string): readonly MemberId[] {
    return this.#hands.get(role) ?? [];
  }
}

const nameOf = (id: MemberId): string => `n${id}`;

const idOf = (cluster: KvCluster, name: string): MemberId => {
  const id = cluster.ids.find((one) => nameOf(one) === name);
  if (id === undefined) throw new Error(`there is no member ${name}`);
  return id;
};

/** Members by chance; who leads first, if anybody does. */
function inOrder({ cluster, rng }: KvGround): readonly MemberId[] {
  const leader = cluster.raft.leader?.member.status.id;
  const left = cluster.ids.filter((id) => id !== leader);
  const others = [...left].flatMap(() => left.splice(rng.below(left.length), 1));
  return leader === undefined ? others : [leader, ...others];
}
