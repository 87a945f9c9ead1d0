import { isVoter } from './configuration.ts';
import type { Core } from './core.ts';
import { NotLeaderError, UnknownMemberError } from './errors.ts';
import type { MemberId } from './ids.ts';
import type { Leader } from './leader.ts';

/**
 * Hands leadership to a voter (§3.10 of the thesis): no proposals are taken any more, and once it has the whole log it is asked to
 * campaign at once. Ends after an election timeout, with proposals again, if it does not.
 * @throws NotLeaderError, UnknownMemberError
 */
export function beginTransfer(core: Core, to: MemberId): void {
  const { role } = core;
  if (role.kind !== 'leader') throw new NotLeaderError(core.leader);
  if (to === core.id || role.transfer?.to === to) return;
  if (!isVoter(core.log.configuration, to)) throw new UnknownMemberError(to);
  role.transfer = { to, ticks: 0 };
  core.trace({ kind: 'transfer', to, outcome: 'begun' });
  askTransferee(core, role, to);
}

/** @param member has answered with how much of the log it has */
export function askTransferee(core: Core, leader: Leader, member: MemberId): void {
  if (leader.transfer?.to !== member || leader.peers.get(member)?.match !== core.log.lastIndex) return;
  core.trace({ kind: 'transfer', to: member, outcome: 'asked' });
  core.send(member, { kind: 'timeout-now' });
}

export function tickTransfer(core: Core, leader: Leader): void {
  const { transfer } = leader;
  if (transfer === undefined) return;
  transfer.ticks += 1;
  if (transfer.ticks < core.limits.electionTicks && isVoter(core.log.configuration, transfer.to)) return;
  leader.transfer = undefined;
  core.trace({ kind: 'transfer', to: transfer.to, outcome: 'aborted' });
}
