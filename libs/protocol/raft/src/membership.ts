import { enterChange, isJoint, isVoter, leaveJoint, type ConfigurationChange } from './configuration.ts';
import type { Core } from './core.ts';
import { ChangePendingError, LearnerBehindError, NotLeaderError, TransferringError } from './errors.ts';
import { NO_INDEX, type LogIndex } from './ids.ts';
import type { Leader } from './leader.ts';
import { PROMOTABLE_PART } from './limits.ts';
import { appendOwn } from './append-own.ts';
import { noteRemoval } from './removal.ts';
import { becomeFollower } from './roles.ts';

/** As no log entry has it: the end of a change tells the state machine nothing new. */
const NO_CONTEXT = new Uint8Array(0);

/**
 * Begins a change of members. Each change is one or two entries: one that changes the voters goes through a joint configuration, which
 * this leader, or the next one, leaves by itself once it is committed (§6).
 * @returns where the first entry stands
 * @throws NotLeaderError, TransferringError, ChangePendingError, UnknownMemberError, EmptyConfigurationError, LearnerBehindError
 */
export function proposeChange(core: Core, changes: readonly ConfigurationChange[], context: Uint8Array): LogIndex {
  const { role, log } = core;
  if (role.kind !== 'leader') throw new NotLeaderError(core.leader);
  if (role.transfer !== undefined) throw new TransferringError(role.transfer.to);
  if (log.committed < role.firstIndex) throw new ChangePendingError('the leader has committed nothing in its term');
  if (log.configurationIndex > log.committed) throw new ChangePendingError('the last change is not committed');
  if (isJoint(log.configuration)) throw new ChangePendingError('the last change has not ended');
  const configuration = enterChange(log.configuration, changes);
  for (const { kind, member } of changes) {
    if (kind !== 'add-voter' || !log.configuration.learners.includes(member)) continue;
    const match = role.peers.get(member)?.match ?? NO_INDEX;
    if (match < log.lastIndex * PROMOTABLE_PART) throw new LearnerBehindError(member, match, log.lastIndex);
  }
  return appendOwn(core, role, { kind: 'configuration', configuration, context });
}

/** Called when the commit index has moved: a committed change goes on to its end, and ends a leader that it removes. */
export function advanceChange(core: Core, leader: Leader): void {
  const { log } = core;
  const { configuration } = log;
  if (log.configurationIndex > log.committed) return;
  if (isJoint(configuration)) {
    // In this term's name: an old leader's joint configuration is left only by who may decide.
    appendOwn(core, leader, { kind: 'configuration', configuration: leaveJoint(configuration), context: NO_CONTEXT });
    return;
  }
  if (isVoter(configuration, core.id)) return;
  stepDown(core, leader);
  noteRemoval(core);
}

/** Who has everything is asked to campaign, so that nobody has to wait for an election timeout. */
function stepDown(core: Core, leader: Leader): void {
  const { configuration, lastIndex } = core.log;
  const successor = configuration.voters.find((id) => leader.peers.get(id)?.match === lastIndex);
  if (successor !== undefined) core.send(successor, { kind: 'timeout-now' });
  becomeFollower(core, core.term, undefined, 'it is no voter any more');
}
