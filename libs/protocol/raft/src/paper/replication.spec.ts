import { LogLostError } from '../errors.ts';
import { logIndex, term } from '../ids.ts';
import { Alone, append, appended, ME, other } from '../testing/alone.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const five = [1n, 2n, 3n, 4n, 5n];

describe('§5.3', () => {
  it('"once the entry has been safely replicated, the leader applies it", and tells the followers, as others hear of it', () => {
    const member = new Alone({ term: 1 }).lead();
    member.hear(appended(2, 2, 1));
    member.told.length = 0;
    member.do((raft) => {
      raft.propose(1, bytes('x'));
    });
    expect(member.told).toEqual([
      '1 tells who proposed 1: it is 2/2',
      '1 has on disk term 2 vote 1, 2/2=x, committed 1',
    ]);
    expect(member.hear(appended(2, 2, 2))).toEqual(['1 → 2 append in term 2 after 2/2: nothing, committed 2']);
    expect(member.told.slice(2)).toEqual(['1 commits up to 2', '1 applies 2/2=x']);
  });

  it.each([
    [[], false],
    [[2], false],
    [[2, 3], true],
    [[2, 3, 4, 5], true],
  ])('an entry is committed by a majority of 5: %j and the leader', (followers, isCommitted) => {
    const member = new Alone({ term: 1, voters: five }).lead();
    for (const from of followers) member.hear(appended(from, 2, 1));
    expect(member.raft.status.committed).toBe(isCommitted ? 1 : 0);
  });

  it('"this also commits all preceding entries", those of earlier leaders too', () => {
    const member = new Alone({ term: 3, log: [1, 2, 2] }).lead();
    member.told.length = 0;
    member.hear(appended(2, 4, 4));
    expect(member.told.slice(0, 5)).toEqual([
      '1 commits up to 4',
      '1 applies 1/1',
      '1 applies 2/2',
      '1 applies 2/3',
      '1 applies 4/4',
    ]);
  });

  it('"the leader retries AppendEntries indefinitely, even after it has responded to the client"', () => {
    const member = new Alone({ term: 1 }).lead();
    member.hear(appended(2, 2, 1));
    for (let round = 0; round < 100; round += 1) {
      member.tick(3);
      for (const from of [2, 3]) {
        const heard = member.hear({ kind: 'heartbeat-response', from: other(from), to: ME, term: term(2), round: 0 });
        expect(heard).toEqual(from === 2 ? [] : ['1 → 3 append in term 2 after 0/0: 2/1{1 2 3}, committed 1']);
      }
    }
    expect(member.raft.status.role).toBe('leader');
  });

  it('a leader never overwrites or deletes its own entries, whatever it hears in its term', () => {
    const member = new Alone({ term: 1, log: [1, 1] }).lead();
    expect(() => member.hear(append(2, [1, 1], [2]))).toThrow('two leaders in one term');
    expect(member.log).toEqual([1, 1, 2]);
  });

  it.each([
    ['missing entries', [1, 1, 1, 4, 4, 5, 5, 6, 6], '6/9'],
    ['many of them', [1, 1, 1, 4], '4/4'],
    ['an extra entry', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], undefined],
    ['extra entries of a later term', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], undefined],
    ['other entries of an earlier term', [1, 1, 1, 4, 4, 4, 4], '4/7'],
    ['other entries of terms that the leader does not know', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], '3/10'],
  ] as const)('Figure 7: a follower with %s says where the logs may agree', (_, log, hint) => {
    const member = new Alone({ term: 8, log });
    const expected =
      hint === undefined
        ? '1 → 2 appended up to 11, in term 8'
        : `1 → 2 refused in term 8: no such entry 10, perhaps ${hint}`;
    expect(member.hear(append(8, [6, 10], [8]))).toEqual([expected]);
  });

  it.each([
    ['the follower has the end of a term', [1, 1, 2, 2, 3], [2, 4], 4],
    ['the follower is in an earlier term there', [1, 1, 2, 2, 3], [1, 3], 2],
    ['the follower has nothing', [1, 1, 2, 2, 3], [0, 0], 0],
    ['the follower has a term that is not here', [1, 1, 4, 4, 5], [3, 4], 2],
  ] as const)(
    '"the leader can decrement nextIndex to bypass all of the conflicting entries in a term": %s',
    (_, log, hint, after) => {
      const member = new Alone({ term: 5, log }).lead();
      const [hintTerm, hintIndex] = hint;
      const [said = ''] = member.hear({
        kind: 'append-refused',
        from: other(2),
        to: ME,
        term: term(6),
        previousIndex: logIndex(5),
        hintTerm: term(hintTerm),
        hintIndex: logIndex(hintIndex),
      });
      expect(said).toContain(`after ${log[after - 1] ?? 0}/${after}:`);
    },
  );
});

describe('§5.4.2', () => {
  it.each([
    [[1, 2], 2, 0],
    [[1, 2], 1, 0],
    [[1, 2], 3, 3],
    [[1, 1, 2], 3, 0],
    [[1, 1, 2], 4, 4],
  ])(
    '"only log entries from the leader’s current term are committed by counting replicas": %j up to %i',
    (log, match, committed) => {
      const member = new Alone({ term: 3, log }).lead();
      member.hear(appended(2, 4, match));
      expect(member.raft.status.committed).toBe(committed);
    },
  );
});

describe('§5.5', () => {
  it('"Raft RPCs are idempotent": entries that are there already are taken as if they were new', () => {
    const member = new Alone({ term: 1 });
    const request = append(1, [0, 0], [1, 1]);
    const first = member.hear(request);
    const { log, disk } = member;
    const before = [...log, ...disk.entries];
    expect(member.hear(request)).toEqual(first);
    expect([...member.log, ...member.disk.entries]).toEqual(before);
  });

  it('a leader takes an answer again, or late, as if it had not come', () => {
    const member = new Alone({ term: 1, log: [1, 1] }).lead();
    member.hear(appended(2, 2, 3));
    const { peers } = member.raft.status;
    expect(member.hear(appended(2, 2, 3))).toEqual([]);
    expect(member.hear(appended(2, 2, 1))).toEqual([]);
    expect(
      member.hear({
        kind: 'append-refused',
        from: other(2),
        to: ME,
        term: term(2),
        previousIndex: logIndex(2),
        hintTerm: term(1),
        hintIndex: logIndex(1),
      }),
    ).toEqual([]);
    expect(member.raft.status.peers).toEqual(peers);
  });
});

describe('§5.1, "updated on stable storage before responding": who breaks that', () => {
  it('a member that acknowledges what its leader does not have is not heard, and does not end it', () => {
    const member = new Alone({ term: 1, log: [1, 1] }).lead();
    const { peers, committed } = member.raft.status;
    member.told.length = 0;
    expect(member.hear(appended(2, 2, 4))).toEqual([]);
    expect(member.told).toEqual(['1 drops what 2 says: it acknowledges 4, and the log ends at 3']);
    expect(member.raft.status.peers).toEqual(peers);
    expect(member.raft.status.committed).toBe(committed);
    member.hear(appended(2, 2, 3));
    expect(member.raft.status.committed).toBe(3);
  });

  it('a member that has less than it has acknowledged says so, and goes on with nothing', () => {
    const member = new Alone({ term: 2, log: [1] });
    const heartbeat = { from: other(2), to: ME, term: term(2), committed: logIndex(2), round: 0 };
    expect(() => member.hear({ kind: 'heartbeat', ...heartbeat })).toThrow(LogLostError);
    expect(member.raft.status.committed).toBe(0);
  });
});
