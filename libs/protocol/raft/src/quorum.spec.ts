import fc from 'fast-check';
import { firstConfiguration, type Configuration } from './configuration.ts';
import { memberId, type MemberId } from './ids.ts';
import { quorumValue, tally } from './quorum.ts';

const ids = [1n, 2n, 3n, 4n, 5n, 6n, 7n].map(memberId);
const someIds = fc.subarray(ids, { minLength: 1 });
/** One set of voters, or two while they change. */
const configurations = fc
  .tuple(someIds, fc.option(someIds, { nil: [] }))
  .map(([voters, outgoing]): Configuration => ({ ...firstConfiguration(voters), outgoing }));

/** By the definition: more than half of each set of voters. */
function isQuorum(configuration: Configuration, who: (id: MemberId) => boolean): boolean {
  const sets = [configuration.voters, configuration.outgoing].filter((voters) => voters.length > 0);
  return sets.every((voters) => voters.filter(who).length * 2 > voters.length);
}

describe('quorumValue', () => {
  it.each([
    [[7], 7],
    [[7, 3], 3],
    [[7, 3, 5], 5],
    [[7, 3, 5, 5], 5],
    [[1, 9, 9, 2], 2],
    [[1, 9, 9, 2, 3], 3],
  ])('of %j is %i', (values, expected) => {
    const voters = ids.slice(0, values.length);
    expect(quorumValue(firstConfiguration(voters), (id) => values[ids.indexOf(id)] ?? 0)).toBe(expected);
  });

  it('is the greatest value that a quorum has reached, as trying each value finds it', () => {
    const values = fc.array(fc.nat(9), { minLength: ids.length, maxLength: ids.length });
    fc.assert(
      fc.property(configurations, values, (configuration, reached) => {
        const valueOf = (id: MemberId): number => reached[ids.indexOf(id)] ?? 0;
        const tried = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
        const greatest = tried.find((value) => isQuorum(configuration, (id) => valueOf(id) >= value));
        expect(quorumValue(configuration, valueOf)).toBe(greatest);
      }),
    );
  });
});

describe('tally', () => {
  it('is won by a quorum, lost when no answer that may still come makes one, and else not decided', () => {
    const answers = fc.array(fc.option(fc.boolean(), { nil: undefined }), {
      minLength: ids.length,
      maxLength: ids.length,
    });
    fc.assert(
      fc.property(configurations, answers, (configuration, answer) => {
        const votes = new Map(
          ids.flatMap((id, place): [MemberId, boolean][] => {
            const vote = answer[place];
            return vote === undefined ? [] : [[id, vote]];
          }),
        );
        const won = isQuorum(configuration, (id) => votes.get(id) === true);
        const canBeWon = isQuorum(configuration, (id) => votes.get(id) !== false);
        expect(tally(configuration, votes)).toBe(won ? 'won' : canBeWon ? 'pending' : 'lost');
      }),
    );
  });
});
