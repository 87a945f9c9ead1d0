import { assert } from '@portolan/kernel';
import type { Configuration } from './configuration.ts';
import type { MemberId } from './ids.ts';

/** The greatest value that a majority of `voters` has reached, `valueOf` each; with no voters, no bound. */
function majorityValue(voters: readonly MemberId[], valueOf: (id: MemberId) => number): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  if (voters.length === 1) return voters[0] === undefined ? 0 : valueOf(voters[0]);
  const ascending = voters.map(valueOf).sort((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
}

/**
 * The greatest value that a quorum has reached: of a joint configuration, both majorities.
 * Of match indexes it is what may be committed (§5.3), of acknowledged rounds what reads are confirmed.
 */
export function quorumValue(configuration: Configuration, valueOf: (id: MemberId) => number): number {
  assert(configuration.voters.length > 0, 'a configuration without voters decides nothing');
  return Math.min(majorityValue(configuration.voters, valueOf), majorityValue(configuration.outgoing, valueOf));
}

export type VoteResult = 'won' | 'lost' | 'pending';

/** @param votes granted or not, by who has answered */
export function tally(configuration: Configuration, votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  const results = [configuration.voters, configuration.outgoing].map((voters) => majorityOf(voters, votes));
  if (results.includes('lost')) return 'lost';
  return results.includes('pending') ? 'pending' : 'won';
}

function majorityOf(voters: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  if (voters.length === 0) return 'won';
  const majority = Math.floor(voters.length / 2) + 1;
  const granted = voters.filter((id) => votes.get(id) === true).length;
  const refused = voters.filter((id) => votes.get(id) === false).length;
  if (granted >= majority) return 'won';
  return refused > voters.length - majority ? 'lost' : 'pending';
}
