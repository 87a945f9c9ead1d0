import { PortolanError } from '@portolan/kernel';
import type { ConfigurationChange } from '../../configuration.ts';
import { logIndex, type MemberId } from '../../ids.ts';
import type { Raft } from '../../raft.ts';
import type { World } from './world.ts';

interface Action {
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** What a healthy cluster knows little of; some worlds have more of it than others. */
  readonly isTrouble?: true;
  readonly act: (world: World) => void;
}

/** More on their way, and the oldest get lost. */
const PARCELS_MAX = 200;

/** Copies that the network keeps for long. */
const STRAYS_MAX = 8;

/** What may happen next. Each row is one line of the world's misery; a new one is tried by every seed. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  deliver: { weight: 400, act: deliverSome },
  overtake: {
    weight: 60,
    isTrouble: true,
    act: (world) => {
      deliver(world, world.rng.below(world.cluster.network.parcels.length + 1));
    },
  },
  duplicate: { weight: 25, isTrouble: true, act: duplicate },
  drop: { weight: 25, isTrouble: true, act: drop },
  stray: { weight: 12, isTrouble: true, act: stray },
  strayArrives: { weight: 6, isTrouble: true, act: strayArrives },
  tickAll: { weight: 60, act: tickAll },
  tick: {
    weight: 30,
    act: (world) =>
      give(world, runningOne(world), (raft) => {
        raft.tick();
      }),
  },
  write: { weight: 120, act: write },
  slowDisk: { weight: 6, isTrouble: true, act: slowDisk },
  propose: { weight: 60, act: propose },
  read: { weight: 30, act: read },
  crash: { weight: 4, isTrouble: true, act: crash },
  restart: { weight: 25, act: restart },
  partition: { weight: 2, isTrouble: true, act: partition },
  cutOneWay: { weight: 2, isTrouble: true, act: cutOneWay },
  blackout: { weight: 0.5, isTrouble: true, act: blackout },
  heal: {
    weight: 8,
    act: (world) => {
      world.cluster.network.heal();
    },
  },
  change: { weight: 25, act: change },
  transfer: { weight: 2, act: transfer },
  campaign: {
    weight: 1,
    isTrouble: true,
    act: (world) =>
      give(world, runningOne(world), (raft) => {
        raft.campaign();
      }),
  },
  compact: { weight: 10, act: compact },
  unreachable: { weight: 4, isTrouble: true, act: unreachable },
  snapshot: { weight: 10, act: reportSnapshot },
};

/** An error of ours is an answer. @returns whether the input was taken */
export function give(world: World, id: MemberId | undefined, input: (raft: Raft) => void): boolean {
  if (id === undefined) return false;
  let isTaken = true;
  world.cluster.act(id, (raft) => {
    try {
      input(raft);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      world.count(error.constructor.name);
      isTaken = false;
    }
  });
  world.checker.check(id);
  return isTaken;
}

const runningOne = (world: World): MemberId | undefined =>
  world.running.length === 0 ? undefined : world.pick(world.running).id;
/** Mostly the leader: others are asked in vain. */
const likelyLeader = (world: World): MemberId | undefined =>
  world.leaders.length > 0 && world.chance(80) ? world.pick(world.leaders) : runningOne(world);
/** One that is of the cluster already, if there is one that runs. */
function insider(world: World): MemberId | undefined {
  const insiders = world.running.filter(({ committed }) => committed > 0);
  return insiders.length === 0 ? runningOne(world) : world.pick(insiders).id;
}
const anyOne = (world: World): MemberId => world.pick([...world.cluster.members.keys()]);

export function deliver(world: World, place: number): void {
  const parcel = world.cluster.network.takeAt(place);
  if (parcel === undefined) return;
  world.cluster.deliver(parcel);
  world.checker.check(parcel.message.to);
}

function deliverSome(world: World): void {
  for (let count = 1 + world.rng.below(8); count > 0; count -= 1) deliver(world, 0);
}

function duplicate(world: World): void {
  const { parcels } = world.cluster.network;
  if (parcels.length > 0) parcels.push(world.pick(parcels));
}

/** The network keeps a copy, of an announced snapshot rather than of what is sent all the time. */
function stray(world: World): void {
  const { parcels } = world.cluster.network;
  const announced = parcels.filter(({ contents }) => contents !== undefined);
  const from = announced.length > 0 ? announced : parcels;
  if (from.length === 0) return;
  world.strays.push(world.pick(from));
  if (world.strays.length > STRAYS_MAX) world.strays.shift();
}

function strayArrives(world: World): void {
  const [parcel] = world.strays.splice(world.rng.below(world.strays.length + 1), 1);
  if (parcel === undefined) return;
  world.cluster.deliver(parcel);
  world.checker.check(parcel.message.to);
}

function drop(world: World): void {
  const { network } = world.cluster;
  if (network.parcels.length > 0) network.takeAt(world.rng.below(network.parcels.length));
}

export function tickAll(world: World): void {
  while (world.cluster.network.parcels.length > PARCELS_MAX) world.cluster.network.takeAt(0);
  for (const { id } of world.running)
    give(world, id, (raft) => {
      raft.tick();
    });
}

function write(world: World): void {
  const slow = world.running.filter(({ writing }) => writing.length > 0);
  if (slow.length === 0) return;
  const { id } = world.pick(slow);
  world.cluster.write(id);
  world.checker.check(id);
}

function slowDisk(world: World): void {
  const id = runningOne(world);
  if (id === undefined) return;
  const member = world.cluster.member(id);
  if (member.diskIsSlow) world.cluster.makeFast(id);
  else member.diskIsSlow = true;
  world.checker.check(id);
}

function propose(world: World): void {
  const id = world.chance(60) ? likelyLeader(world) : insider(world);
  if (id === undefined) return;
  for (let count = 1 + world.rng.below(3); count > 0; count -= 1) {
    const { token, command } = world.checker.clients.proposal(id);
    const isTaken = give(world, id, (raft) => {
      raft.propose(token, new TextEncoder().encode(command));
    });
    if (!isTaken) world.checker.clients.refusedAtOnce(token);
  }
}

function read(world: World): void {
  const { clients, ledger } = world.checker;
  const id = insider(world);
  if (id === undefined) return;
  const token = clients.read(id, ledger.lastIndex);
  const isTaken = give(world, id, (raft) => {
    raft.readIndex(token);
  });
  if (!isTaken) clients.answer({ kind: 'dropped', token });
}

function crash(world: World): void {
  const id = world.chance(50) ? likelyLeader(world) : runningOne(world);
  if (id === undefined) return;
  const { writing } = world.cluster.member(id);
  world.cluster.crash(id, world.rng.below(writing.length + 1));
}

function restart(world: World): void {
  const crashed = [...world.cluster.members.values()].filter(({ raft }) => raft === undefined);
  if (crashed.length === 0) return;
  const { id } = world.pick(crashed);
  world.cluster.restart(id);
  world.checker.check(id);
}

function partition(world: World): void {
  const ids = [...world.cluster.members.keys()];
  const [leader] = world.leaders;
  const side = leader !== undefined && world.chance(50) ? [leader] : ids.filter(() => world.chance(50));
  world.cluster.network.cut(
    side,
    ids.filter((id) => !side.includes(id)),
  );
}

/** Who is heard does not hear: leaders that can't be answered, followers that campaign and hear no answer. */
function cutOneWay(world: World): void {
  world.cluster.network.cutOneWay(anyOne(world), anyOne(world));
}

/** The power fails for all at once. */
function blackout(world: World): void {
  for (const { id, writing } of world.running) world.cluster.crash(id, world.rng.below(writing.length + 1));
}

function change(world: World): void {
  const changes = Array.from({ length: 1 + world.rng.below(3) }, (): ConfigurationChange => {
    const kind = world.pick(['add-voter', 'add-voter', 'add-learner', 'remove'] as const);
    return { kind, member: anyOne(world) };
  });
  const leader = likelyLeader(world);
  const isTaken = give(world, leader, (raft) => {
    raft.proposeChange(changes, new Uint8Array(0));
  });
  if (!isTaken || leader === undefined) return;
  world.count('change');
  if (world.chance(25)) splitByChange(world, leader);
}

/** Those that are new hear the leader, and those that go hear each other: the worst moment for two leaders. */
function splitByChange(world: World, leader: MemberId): void {
  const { voters = [], outgoing = [] } = world.cluster.member(leader).raft?.status.configuration ?? {};
  const goes = outgoing.filter((id) => !voters.includes(id));
  const stays = outgoing.filter((id) => voters.includes(id) && id !== leader);
  const old = [...goes, ...stays.filter(() => world.chance(50))];
  world.cluster.network.cut(
    old,
    [...world.cluster.members.keys()].filter((id) => !old.includes(id)),
  );
}

function transfer(world: World): void {
  give(world, likelyLeader(world), (raft) => {
    raft.transferLeadership(anyOne(world));
  });
}

function compact(world: World): void {
  const id = runningOne(world);
  if (id === undefined) return;
  const { index } = world.cluster.member(id).state;
  const isNew = world.cluster.compact(id, logIndex(index), world.rng.below(5));
  if (isNew) world.count('compact');
}

function unreachable(world: World): void {
  give(world, likelyLeader(world), (raft) => {
    raft.reportUnreachable(anyOne(world));
  });
}

function reportSnapshot(world: World): void {
  give(world, likelyLeader(world), (raft) => {
    raft.reportSnapshot(anyOne(world), world.pick(['sent', 'sent', 'failed'] as const));
  });
}
