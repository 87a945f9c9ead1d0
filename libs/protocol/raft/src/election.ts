import { isVoter } from './configuration.ts';
import type { Core } from './core.ts';
import { term } from './ids.ts';
import type { VoteRequest, VoteResponse } from './message.ts';
import { tally } from './quorum.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';

/** Counts towards a campaign. A member whose disk hangs could not keep its promises, so it makes none. */
export function tickElection(core: Core): void {
  core.electionElapsed += 1;
  if (core.electionElapsed < core.electionTimeout || !core.isPromotable) return;
  if (core.persistence.stalledTicks < core.limits.electionTicks) askForPreVotes(core, 'heard no leader');
}

function askForPreVotes(core: Core, why: string): void {
  becomePreCandidate(core, why);
  const { lastIndex, lastTerm } = core.log;
  for (const id of voters(core)) {
    const request = { kind: 'pre-vote', lastIndex, lastTerm, transfer: false } as const;
    core.send(id, request, term(core.term + 1));
  }
  count(core, { from: core.id, granted: true });
}

/** @param transfer at the request of the leader, which has stopped taking proposals: no pre-vote, and its lease does not count */
export function campaign(core: Core, transfer: boolean, why: string): void {
  becomeCandidate(core, transfer, why);
  const { lastIndex, lastTerm } = core.log;
  // Not before the own vote is durable: a member that forgot it could be elected twice in one term, with two logs.
  for (const id of voters(core)) core.sendOnceDurable(id, { kind: 'vote', lastIndex, lastTerm, transfer });
  core.sendOnceDurable(core.id, { kind: 'vote-response', granted: true });
}

function voters(core: Core): readonly (typeof core.id)[] {
  const { voters, outgoing } = core.log.configuration;
  return [...new Set([...voters, ...outgoing])].filter((id) => id !== core.id);
}

/** RequestVote (§5.2, §5.4.1). Learners answer too: one that is promoted may not know it yet, and its vote may be needed. */
export function answerVoteRequest(core: Core, request: VoteRequest): void {
  const isPreVote = request.kind === 'pre-vote';
  const isFree =
    core.vote === request.from ||
    (core.vote === undefined && core.leader === undefined) ||
    (isPreVote && request.term > core.term);
  const granted = isFree && core.log.isUpToDate(request.lastTerm, request.lastIndex);
  if (isPreVote) {
    // A grant names the term that was asked about, or the asker would take it for an old one.
    core.send(request.from, { kind: 'pre-vote-response', granted }, granted ? request.term : core.term);
    return;
  }
  if (!granted) {
    core.send(request.from, { kind: 'vote-response', granted: false });
    return;
  }
  core.vote = request.from;
  core.electionElapsed = 0;
  core.sendOnceDurable(request.from, { kind: 'vote-response', granted: true });
}

/**
 * Whether a request for votes is not even heard: this member has heard a leader within the minimum election timeout, so who asks was
 * removed, or cut off, and would only disturb (§4.2.3 of the thesis). The leader is heard as long as it hears a quorum.
 */
export function isInLease(core: Core): boolean {
  return core.role.kind === 'leader' || (core.leader !== undefined && core.electionElapsed < core.limits.electionTicks);
}

export function handleVoteResponse(core: Core, response: VoteResponse): void {
  const { role } = core;
  const campaigns =
    response.kind === 'pre-vote-response'
      ? role.kind === 'pre-candidate' && response.term === core.term + (response.granted ? 1 : 0)
      : role.kind === 'candidate';
  if (campaigns) count(core, response);
}

function count(core: Core, { from, granted }: Pick<VoteResponse, 'from' | 'granted'>): void {
  const { role, log } = core;
  if (role.kind !== 'pre-candidate' && role.kind !== 'candidate') return;
  if (!isVoter(log.configuration, from)) return;
  role.votes.set(from, granted);
  const result = tally(log.configuration, role.votes);
  if (result === 'lost') becomeFollower(core, core.term, undefined, 'a quorum refused its vote');
  else if (result === 'won' && role.kind === 'candidate') becomeLeader(core);
  else if (result === 'won') campaign(core, false, 'a quorum would vote for it');
}
