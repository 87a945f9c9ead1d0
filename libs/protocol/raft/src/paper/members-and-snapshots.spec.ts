import type { ConfigurationChange } from '../configuration.ts';
import { NO_MEMBERS, firstConfiguration } from '../configuration.ts';
import { logIndex, memberId, term } from '../ids.ts';
import type { InstallSnapshot } from '../message.ts';
import { Alone, append, appended, ME, other } from '../testing/alone.ts';

const change = (member: Alone, ...changes: readonly ConfigurationChange[]): readonly string[] =>
  member.do((raft) => {
    raft.proposeChange(changes, new Uint8Array(0));
  });

/** With its first entry committed. */
const leaderOf = (voters: readonly bigint[]): Alone => {
  const member = new Alone({ term: 1, voters }).lead();
  for (const voter of voters) if (voter !== 1n) member.hear(appended(Number(voter), 2, 1));
  return member;
};

describe('§6', () => {
  it('"a server always uses the latest configuration in its log, regardless of whether the entry is committed"', () => {
    const member = leaderOf([1n, 2n, 3n]);
    change(member, { kind: 'add-voter', member: other(4) });
    const { configuration, configurationIndex, committed } = member.raft.status;
    expect(configuration).toMatchObject({ voters: [1n, 2n, 3n, 4n], outgoing: [1n, 2n, 3n] });
    expect([configurationIndex, committed]).toEqual([2, 1]);
  });

  it('of a follower, from an append on; and no more, when it is overwritten', () => {
    const member = new Alone({ term: 2, log: [1] });
    const configuration = { ...NO_MEMBERS, voters: [other(1), other(2)], outgoing: [other(1), other(2), other(3)] };
    member.hear({
      ...append(2, [1, 1], []),
      entries: [
        { kind: 'configuration', index: logIndex(2), term: term(2), configuration, context: new Uint8Array(0) },
      ],
    });
    expect(member.raft.status.configuration).toBe(configuration);
    member.hear({ ...append(3, [1, 1], [3]), from: other(3) });
    expect(member.raft.status.configuration).toEqual(firstConfiguration([1n, 2n, 3n].map(memberId)));
  });

  it.each([
    ['neither', [], false],
    ['only the old', [2, 3], false],
    ['only the new', [4, 5], false],
    ['both', [2, 4, 5], true],
  ])(
    'a joint configuration decides by majorities of both: with %s, of {1 2 3} and {1 4 5}',
    (_, followers, isCommitted) => {
      const member = leaderOf([1n, 2n, 3n]);
      change(
        member,
        { kind: 'add-voter', member: other(4) },
        { kind: 'add-voter', member: other(5) },
        { kind: 'remove', member: other(2) },
        { kind: 'remove', member: other(3) },
      );
      for (const from of followers) member.hear(appended(from, 2, 2));
      expect(member.raft.status.committed >= 2).toBe(isCommitted);
      // The leader goes on to the end as soon as the beginning is committed.
      expect(member.raft.status.lastIndex).toBe(isCommitted ? 3 : 2);
    },
  );

  it('a joint configuration is left when it is committed, not when what is before it is', () => {
    const member = leaderOf([1n, 2n, 3n]);
    member.do((raft) => {
      raft.propose(1, Uint8Array.of(120));
    });
    change(member, { kind: 'remove', member: other(3) });
    member.hear(appended(2, 2, 2));
    expect(member.raft.status).toMatchObject({ committed: 2, lastIndex: 3 });
    member.hear(appended(2, 2, 3));
    expect(member.raft.status).toMatchObject({ committed: 3, lastIndex: 4 });
  });

  it.each([
    [[2, 3], false],
    [[4, 5], false],
    [[3, 4], false],
    [[2, 4], true],
  ])('and elects so: votes of %j', (voters, isElected) => {
    const joint = { ...NO_MEMBERS, voters: [1n, 4n, 5n].map(memberId), outgoing: [1n, 2n, 3n].map(memberId) };
    const member = new Alone({ term: 2, log: [1] });
    member.hear({
      ...append(2, [1, 1], []),
      entries: [
        { kind: 'configuration', index: logIndex(2), term: term(2), configuration: joint, context: new Uint8Array(0) },
      ],
    });
    member.do((raft) => {
      raft.campaign();
    });
    // One of each set that has 1 is one too few: 3 and 4 vote, and 4 says no.
    for (const from of voters) {
      const granted = !(voters.includes(3) && from === 4);
      member.hear({ kind: 'vote-response', from: other(from), to: ME, term: term(3), granted });
    }
    expect(member.raft.status.role === 'leader').toBe(isElected);
  });

  it('"new servers join as non-voting members": a learner is counted for nothing', () => {
    const member = new Alone({ term: 1, voters: [1n, 2n, 3n], learners: [4n, 5n] }).lead();
    member.hear(appended(4, 2, 1));
    member.hear(appended(5, 2, 1));
    expect(member.raft.status.committed).toBe(0);
    const learner = new Alone({ term: 1, voters: [2n, 3n], learners: [1n] });
    expect(learner.tick(100)).toEqual([]);
    expect(learner.raft.status.role).toBe('follower');
  });

  it('a leader that is not in the new configuration "does not count itself in majorities"', () => {
    const member = leaderOf([1n, 2n, 3n]);
    change(member, { kind: 'remove', member: ME });
    member.hear(appended(2, 2, 2));
    expect(member.raft.status.committed).toBe(1);
    member.hear(appended(3, 2, 2));
    expect(member.raft.status.committed).toBe(2);
    member.hear(appended(2, 2, 3));
    expect(member.raft.status).toMatchObject({ role: 'leader', committed: 2 });
    member.hear(appended(3, 2, 3));
    expect(member.raft.status).toMatchObject({ role: 'follower', committed: 3 });
  });
});

describe('§7', () => {
  const snapshot = (now: number, at: number, of: number): InstallSnapshot => ({
    kind: 'install-snapshot',
    from: other(2),
    to: ME,
    term: term(now),
    snapshot: { index: logIndex(at), term: term(of), configuration: firstConfiguration([1n, 2n].map(memberId)) },
  });

  it('is refused in an earlier term', () => {
    const member = new Alone({ term: 5, log: [1] });
    expect(member.hear(snapshot(4, 9, 4))).toEqual(['1 → 2 your term is over, it is 5']);
    expect(member.log).toEqual([1]);
  });

  it.each([
    ['a longer log with the same entry there: what follows stays', [1, 1, 1, 1], 0, 2, 1, [1, 1, 1, 1], 2],
    ['a snapshot that is behind what is committed', [1, 1, 1], 3, 2, 1, [1, 1, 1], 3],
  ] as const)('of %s', (_, log, committed, at, of, expected, then) => {
    const member = new Alone({ term: 4, log, committed });
    expect(member.hear(snapshot(4, at, of))).toEqual([`1 → 2 appended up to ${then}, in term 4`]);
    expect(member.log).toEqual(expected);
    expect(member.raft.status.committed).toBe(then);
  });

  it.each([
    ['a shorter log', [1, 1]],
    ['a log with another entry there', [1, 1, 1, 1, 1]],
  ])('of %s: discards the entire log, and takes its configuration', (_, log) => {
    const member = new Alone({ term: 4, log, committed: 1 });
    // Its contents travel beside it, and here there are none: what the core asks for is all that is looked at.
    member.raft.step(snapshot(4, 4, 3));
    const ready = member.raft.ready();
    expect(ready?.persist).toMatchObject({ snapshot: { index: 4, term: 3 }, entries: [], hardState: { committed: 4 } });
    expect(ready?.messages).toEqual([]);
    expect(member.raft.status).toMatchObject({ firstIndex: 5, lastIndex: 4, committed: 4, applied: 4 });
    expect(member.raft.status.configuration.voters).toEqual([1n, 2n]);
    if (ready === undefined) throw new TypeError('a snapshot is to be written');
    member.raft.advance(ready);
    expect(member.raft.ready()?.messages).toMatchObject([{ kind: 'appended', index: 4 }]);
  });

  it('a follower that needs what is compacted gets it', () => {
    const member = leaderOf([1n, 2n, 3n]);
    member.do((raft) => {
      raft.compact(raft.snapshotAt(logIndex(1)), 0);
    });
    expect(member.raft.status.firstIndex).toBe(2);
    expect(member.raft.snapshotAt(logIndex(1)).configuration.voters).toEqual([1n, 2n, 3n]);
  });
});
