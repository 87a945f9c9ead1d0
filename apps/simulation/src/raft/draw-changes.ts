import type { Rng } from '@portolan/kernel';
import type { ConfigurationChange, MemberId, RaftStatus } from '@portolan/raft';
import { oneOf } from '../one-of.ts';

/** Fewer would make one fault the loss of a quorum, more only slow the world down. */
export const VOTERS_MIN = 3;
export const VOTERS_MAX = 5;
/** With those that are no more. */
export const MEMBERS_MAX = 9;

/** @param join a member that never was, unless there are enough */
export function drawChanges(
  rng: Rng,
  { configuration: { voters, learners } }: RaftStatus,
  join: () => readonly MemberId[],
): readonly ConfigurationChange[] {
  const remove = (): readonly ConfigurationChange[] => {
    const removed = oneOf(rng, voters);
    return removed === undefined ? [] : [{ kind: 'remove', member: removed }];
  };
  const [learner] = learners;
  if (learner !== undefined && rng.below(2) === 0) return [{ kind: 'add-voter', member: learner }];
  switch (rng.below(4)) {
    case 0:
      return join().map((member) => ({ kind: 'add-learner', member }));
    case 1:
      return voters.length < VOTERS_MAX ? join().map((member) => ({ kind: 'add-voter', member })) : [];
    case 2:
      return voters.length > VOTERS_MIN ? remove() : [];
    default: {
      // A replacement: never less than a majority of the old and of the new.
      const added = join();
      const removed = remove();
      return added.length === 0
        ? []
        : [...added.map((member): ConfigurationChange => ({ kind: 'add-voter', member })), ...removed];
    }
  }
}
