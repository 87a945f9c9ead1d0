import { isJoint, membersOf, NO_MEMBERS } from '../../configuration.ts';
import type { MemberId } from '../../ids.ts';
import { quorumValue } from '../../quorum.ts';
import { Violation } from '../safety/violation.ts';
import { deliver, give, tickAll } from './actions.ts';
import type { World } from './world.ts';

/** Within so many election timeouts without trouble, a cluster has a leader and everybody has its log. */
const ELECTION_TIMEOUTS = 60;
/** Messages of one tick: more than all that any member may have to send to all others. */
const DELIVERIES_MAX = 20_000;

/**
 * No more trouble: everybody runs, or all but one that no quorum needs; every disk is fast, every message arrives in order. Then the
 * cluster must come to rest, and take a new proposal.
 * @throws Violation
 */
export function calm(world: World): void {
  const { cluster, checker } = world;
  cluster.network.heal();
  for (const { id, raft } of cluster.members.values()) {
    if (raft === undefined) cluster.restart(id);
    cluster.makeFast(id);
    checker.check(id);
  }
  const dispensable = [...cluster.members.keys()].filter((id) => isDispensable(world, id));
  if (dispensable.length > 0 && world.chance(50)) cluster.crash(world.pick(dispensable), 0);
  rest(world);
  const before = checker.ledger.lastIndex;
  // A transfer of leadership that began in the trouble refuses proposals for an election timeout.
  for (let tick = 0; tick < world.limits.electionTicks && !propose(world); tick += 1) rest(world);
  rest(world);
  if (checker.ledger.lastIndex <= before) throw new Violation('Progress', 'a proposal is not committed');
  // Whatever is asked is answered within an election timeout, or given up.
  for (let tick = 0; tick < world.limits.electionTicks; tick += 1) {
    tickAll(world);
    settle(world);
  }
  checker.clients.checkAnswers();
}

/** Every configuration that some member is in has a quorum without it. */
function isDispensable({ running }: World, id: MemberId): boolean {
  return running.every(({ raft }) => {
    const configuration = raft?.status.configuration ?? NO_MEMBERS;
    return configuration.voters.length === 0 || quorumValue(configuration, (voter) => (voter === id ? 0 : 1)) === 1;
  });
}

function propose(world: World): boolean {
  const [leader] = world.leaders;
  if (leader === undefined) return false;
  const { token, command } = world.checker.clients.proposal(leader);
  const isTaken = give(world, leader, (raft) => {
    raft.propose(token, new TextEncoder().encode(command));
  });
  if (!isTaken) world.checker.clients.refusedAtOnce(token);
  return isTaken;
}

function rest(world: World): void {
  for (let tick = 0; tick < ELECTION_TIMEOUTS * world.limits.electionTicks; tick += 1) {
    tickAll(world);
    settle(world);
    if (isAtRest(world)) return;
  }
  throw new Violation('Progress', 'without any trouble, the cluster does not come to rest');
}

function settle(world: World): void {
  for (let count = 0; count < DELIVERIES_MAX; count += 1) {
    if (world.cluster.network.parcels.length === 0) return;
    deliver(world, 0);
  }
  throw new Violation('Progress', 'messages cause messages without end');
}

/** One leader, a voter, no change of members under way, and each member has applied all that the leader has. */
function isAtRest({ cluster, leaders }: World): boolean {
  const [id] = leaders;
  const leader = id === undefined || leaders.length > 1 ? undefined : cluster.member(id).raft?.status;
  if (leader === undefined || isJoint(leader.configuration)) return false;
  if (!leader.configuration.voters.includes(leader.id)) return false;
  return membersOf(leader.configuration).every((member) => {
    const { state, raft } = cluster.member(member);
    return raft === undefined || (raft.status.term === leader.term && state.index === leader.lastIndex);
  });
}
