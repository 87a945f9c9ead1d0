import fc from 'fast-check';
import {
  enterChange,
  firstConfiguration,
  formatConfiguration,
  isJoint,
  isVoter,
  leaveJoint,
  membersOf,
  NO_MEMBERS,
  type Configuration,
  type ConfigurationChange,
} from './configuration.ts';
import { EmptyConfigurationError, UnknownMemberError } from './errors.ts';
import { memberId, type MemberId } from './ids.ts';

const id = (number: number): MemberId => memberId(BigInt(number));
const ids = (...numbers: readonly number[]): readonly MemberId[] => numbers.map(id);
const add = (number: number): ConfigurationChange => ({ kind: 'add-voter', member: id(number) });
const learn = (number: number): ConfigurationChange => ({ kind: 'add-learner', member: id(number) });
const remove = (number: number): ConfigurationChange => ({ kind: 'remove', member: id(number) });

const start: Configuration = { ...firstConfiguration(ids(3, 1, 2)), learners: ids(4, 5) };

describe('enterChange and leaveJoint (§6)', () => {
  it.each([
    ['adds a voter', [add(6)], '{1 2 3 6}∧{1 2 3} learners {4 5}', '{1 2 3 6} learners {4 5}'],
    ['promotes a learner', [add(4)], '{1 2 3 4}∧{1 2 3} learners {5}', '{1 2 3 4} learners {5}'],
    ['removes a voter', [remove(1)], '{2 3}∧{1 2 3} learners {4 5}', '{2 3} learners {4 5}'],
    ['replaces a voter', [remove(1), add(6)], '{2 3 6}∧{1 2 3} learners {4 5}', '{2 3 6} learners {4 5}'],
    ['demotes a voter', [learn(1)], '{2 3}∧{1 2 3} learners {4 5} then learners {1}', '{2 3} learners {1 4 5}'],
    ['adds a learner', [learn(6)], '{1 2 3} learners {4 5 6}', '{1 2 3} learners {4 5 6}'],
    ['removes a learner', [remove(4)], '{1 2 3} learners {5}', '{1 2 3} learners {5}'],
    ['adds who is a voter', [add(1)], '{1 2 3} learners {4 5}', '{1 2 3} learners {4 5}'],
    ['demotes and removes', [learn(1), remove(1)], '{2 3}∧{1 2 3} learners {4 5}', '{2 3} learners {4 5}'],
    ['demotes and promotes', [learn(1), add(1)], '{1 2 3} learners {4 5}', '{1 2 3} learners {4 5}'],
    ['replaces all', [remove(1), remove(2), remove(3), add(6)], '{6}∧{1 2 3} learners {4 5}', '{6} learners {4 5}'],
  ] as const)('%s', (_, changes, entered, left) => {
    const next = enterChange(start, changes);
    expect(formatConfiguration(next)).toBe(entered);
    expect(isJoint(next)).toBe(entered.includes('∧'));
    expect(formatConfiguration(leaveJoint(next))).toBe(left);
  });

  it('refuses to remove who is no member, and to leave no voter', () => {
    expect(() => enterChange(start, [remove(9)])).toThrow(UnknownMemberError);
    expect(() => enterChange(start, [add(9), remove(9), remove(9)])).toThrow(UnknownMemberError);
    expect(() => enterChange(start, [remove(1), remove(2), remove(3)])).toThrow(EmptyConfigurationError);
    expect(() => enterChange(start, [learn(1), learn(2), learn(3)])).toThrow(EmptyConfigurationError);
  });
});

describe('properties of every change', () => {
  const some = fc.subarray([...ids(1, 2, 3, 4, 5, 6)], { minLength: 1 });
  const changes = fc.array(
    fc.record({
      kind: fc.constantFrom('add-voter', 'add-learner', 'remove'),
      member: fc.constantFrom(...ids(1, 2, 3, 4, 5, 6)),
    }),
    { minLength: 1, maxLength: 6 },
  );

  /** Subsets of `members`. */
  function subsets(members: readonly MemberId[]): readonly (readonly MemberId[])[] {
    return members.reduce<readonly (readonly MemberId[])[]>(
      (sets, member) => [...sets, ...sets.map((set) => [...set, member])],
      [[]],
    );
  }
  const isQuorum = ({ voters, outgoing }: Configuration, who: readonly MemberId[]): boolean =>
    [voters, outgoing].every(
      (set) => set.length === 0 || set.filter((member) => who.includes(member)).length * 2 > set.length,
    );
  /** Any quorum of the one has a member in common with any of the other. */
  function intersect(a: Configuration, b: Configuration): boolean {
    const all = subsets([...new Set([...membersOf(a), ...membersOf(b)])]);
    const [ofA, ofB] = [a, b].map((each) => all.filter((who) => isQuorum(each, who)));
    return (ofA ?? []).every((one) => (ofB ?? []).every((other) => one.some((member) => other.includes(member))));
  }

  it('a quorum of each step intersects every quorum of the step before, so that no two leaders are elected side by side', () => {
    fc.assert(
      fc.property(some, changes, (voters, asked) => {
        const before = firstConfiguration(voters);
        let next: Configuration;
        try {
          next = enterChange(before, asked);
        } catch (error) {
          expect(error instanceof UnknownMemberError || error instanceof EmptyConfigurationError).toBe(true);
          return;
        }
        const after = leaveJoint(next);
        expect(intersect(before, next)).toBe(true);
        expect(intersect(next, after)).toBe(true);
      }),
    );
  });

  it('ends with what was asked for: the last word on each member counts, and nobody is both voter and learner', () => {
    fc.assert(
      fc.property(some, changes, (voters, asked) => {
        let after: Configuration;
        try {
          after = leaveJoint(enterChange(firstConfiguration(voters), asked));
        } catch (error) {
          expect(error instanceof UnknownMemberError || error instanceof EmptyConfigurationError).toBe(true);
          return;
        }
        for (const member of ids(1, 2, 3, 4, 5, 6)) {
          const last = asked.findLast((change) => change.member === member)?.kind;
          const expected = last ?? (voters.includes(member) ? 'add-voter' : 'remove');
          expect(after.voters.includes(member)).toBe(expected === 'add-voter');
          expect(after.learners.includes(member)).toBe(expected === 'add-learner');
        }
        expect([...after.voters].sort()).toEqual(after.voters);
        expect(isJoint(after)).toBe(false);
      }),
    );
  });
});

it('tells voters of both sets, and all who get the log', () => {
  const joint = enterChange(start, [remove(1), add(6), learn(7)]);
  expect(membersOf(joint)).toEqual(ids(1, 2, 3, 4, 5, 6, 7));
  expect(ids(1, 6, 4, 7, 9).map((member) => isVoter(joint, member))).toEqual([true, true, false, false, false]);
  expect(formatConfiguration(NO_MEMBERS)).toBe('{}');
});
