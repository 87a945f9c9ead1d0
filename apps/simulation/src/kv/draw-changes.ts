import type { Rng } from '@portolan/kernel';
import type { ConfigurationChange, MemberId, RaftStatus } from '@portolan/raft';
import { oneOf } from '../one-of.ts';
import { VOTERS_MAX, VOTERS_MIN } from '../raft/draw-changes.ts';

/** With those that are no more. */
export const MEMBERS_MAX = 8;

/**
 * One member at a time, and mostly learners: what is to be seen of a store is that they come to the same.
 * @param join a member that never was, unless there are enough
 * @param isToStay no member that may be removed
 */
export function drawChanges(
  rng: Rng,
  { configuration: { voters, learners } }: RaftStatus,
  join: () => readonly MemberId[],
  isToStay: (id: MemberId) => boolean,
): readonly ConfigurationChange[] {
  const [learner] = learners;
  if (learner !== undefined && rng.below(2) === 0) return [{ kind: 'add-voter', member: learner }];
  switch (rng.below(4)) {
    case 0:
    case 1:
      return join().map((member) => ({ kind: 'add-learner', member }));
    case 2: {
      const removed = oneOf(rng, voters);
      if (removed === undefined || isToStay(removed)) return [];
      return voters.length <= VOTERS_MIN ? [] : [{ kind: 'remove', member: removed }];
    }
    default:
      return voters.length < VOTERS_MAX ? join().map((member) => ({ kind: 'add-voter', member })) : [];
  }
}
