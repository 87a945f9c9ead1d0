import type { Core } from './core.ts';
import { tickElection } from './election.ts';
import { sendHeartbeats } from './heartbeats.ts';
import type { Leader } from './leader.ts';
import { SNAPSHOT_ELECTION_TIMEOUTS } from './limits.ts';
import { quorumValue } from './quorum.ts';
import { beginRound } from './reading.ts';
import { becomeFollower } from './roles.ts';
import { tickTransfer } from './transfer.ts';

/** One tick of time: for everybody's questions and disk, then for what the role waits for. */
export function tick(core: Core): void {
  core.persistence.tick();
  const { placements, reads } = core.questions.tick(core.limits.electionTicks);
  core.placements.push(...placements);
  core.reads.push(...reads);
  if (core.role.kind === 'leader') tickLeader(core, core.role);
  else tickElection(core);
}

function tickLeader(core: Core, leader: Leader): void {
  const { electionTicks, heartbeatTicks } = core.limits;
  if (core.persistence.stalledTicks >= electionTicks) {
    // Its followers would be kept from electing one that can write.
    becomeFollower(core, core.term, undefined, 'its disk has hung for an election timeout');
    return;
  }
  leader.quorumElapsed += 1;
  if (leader.quorumElapsed >= electionTicks && !hasActiveQuorum(core, leader)) {
    becomeFollower(core, core.term, undefined, 'it has not heard a quorum for an election timeout');
    return;
  }
  tickTransfer(core, leader);
  for (const progress of leader.peers.values()) {
    if (progress.state !== 'snapshot') continue;
    progress.snapshotTicks += 1;
    if (progress.snapshotTicks >= electionTicks * SNAPSHOT_ELECTION_TIMEOUTS) progress.snapshotFailed();
  }
  leader.heartbeatElapsed += 1;
  // With heartbeats that leave anyway, a new round costs nothing, and none waits for one that was lost.
  if (leader.heartbeatElapsed >= heartbeatTicks && !beginRound(core, leader)) sendHeartbeats(core, leader);
}

/** CheckQuorum (§6.2 of the thesis): a leader that is cut off gives up, so that its clients turn to another. */
function hasActiveQuorum(core: Core, leader: Leader): boolean {
  leader.quorumElapsed = 0;
  const active = quorumValue(core.log.configuration, (id) =>
    id === core.id || leader.peers.get(id)?.active === true ? 1 : 0,
  );
  for (const progress of leader.peers.values()) progress.active = false;
  return active === 1;
}
