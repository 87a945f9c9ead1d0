import { createSeededRng } from '@portolan/kernel';
import { logIndex, term } from '../ids.ts';
import { Alone, append, ME, other, voteRequest } from '../testing/alone.ts';

const answer = (member: Alone, from: number, granted: boolean): readonly string[] =>
  member.hear({ kind: 'vote-response', from: other(from), to: ME, term: member.raft.status.term, granted });

const candidate = (voters: readonly bigint[]): Alone => {
  const member = new Alone({ term: 1, voters });
  member.do((raft) => {
    raft.campaign();
  });
  return member;
};

describe('§5.1', () => {
  it('"when servers start up, they begin as followers" and stay so while they hear from a leader', () => {
    const member = new Alone({});
    expect(member.raft.status).toMatchObject({ role: 'follower', term: 0, leader: undefined });
    for (let round = 0; round < 50; round += 1) {
      member.tick(9);
      member.hear({
        kind: 'heartbeat',
        from: other(2),
        to: ME,
        term: term(1),
        committed: logIndex(0),
        round: 0,
      });
    }
    expect(member.raft.status).toMatchObject({ role: 'follower', term: 1, leader: other(2) });
  });

  it('a server rejects a request with a stale term, and tells the term that it is', () => {
    const member = new Alone({ term: 5 });
    expect([
      ...member.hear(append(4, [0, 0], [])),
      ...member.hear(voteRequest('vote', 4, [9, 9])),
      ...member.hear(voteRequest('pre-vote', 4, [9, 9])),
    ]).toEqual(['1 → 2 your term is over, it is 5', '1 → 2 vote: no, in term 5', '1 → 2 pre-vote: no, in term 5']);
    expect(member.raft.status).toMatchObject({ term: 5, vote: undefined });
  });
});

describe('§5.2', () => {
  it.each([
    [1, 0, 0, 'leader'],
    [3, 1, 0, 'leader'],
    [3, 0, 0, 'candidate'],
    [3, 0, 1, 'candidate'],
    [3, 0, 2, 'follower'],
    [4, 1, 0, 'candidate'],
    [4, 2, 0, 'leader'],
    [4, 1, 2, 'follower'],
    [5, 2, 0, 'leader'],
    [5, 2, 2, 'leader'],
    [5, 1, 3, 'follower'],
    [5, 1, 2, 'candidate'],
  ] as const)('of %i voters, %i others grant and %i refuse: it is %s', (size, granted, refused, role) => {
    const member = candidate(Array.from({ length: size }, (_, place) => BigInt(place + 1)));
    for (let from = 2; from < 2 + granted; from += 1) answer(member, from, true);
    for (let from = 2 + granted; from < 2 + granted + refused; from += 1) answer(member, from, false);
    expect(member.raft.status.role).toBe(role);
  });

  it('counts nobody twice, nobody who is no voter, and no vote of another term', () => {
    const member = new Alone({ term: 1, voters: [1n, 2n, 3n, 4n, 5n], learners: [6n] });
    member.do((raft) => {
      raft.campaign();
    });
    answer(member, 2, true);
    answer(member, 2, true);
    answer(member, 6, true);
    answer(member, 9, true);
    member.hear({ kind: 'vote-response', from: other(3), to: ME, term: term(1), granted: true });
    expect(member.raft.status.role).toBe('candidate');
    answer(member, 3, true);
    expect(member.raft.status.role).toBe('leader');
  });

  it('"each server will vote for at most one candidate in a given term, on a first-come-first-served basis"', () => {
    const member = new Alone({ term: 1 });
    expect(member.hear(voteRequest('vote', 2, [0, 0], 3))).toEqual(['1 → 3 vote in term 2: yes']);
    expect(member.hear(voteRequest('vote', 2, [0, 0], 2))).toEqual(['1 → 2 vote: no, in term 2']);
    expect(member.hear(voteRequest('vote', 2, [0, 0], 3))).toEqual(['1 → 3 vote in term 2: yes']);
  });

  it('election timeouts are drawn anew, evenly, from [T, 2T), so that ties break', () => {
    const rng = createSeededRng(7);
    const counts = new Map<number, number>();
    for (let round = 0; round < 4_000; round += 1) {
      const member = new Alone({ term: 1, below: (bound) => rng.below(bound) });
      let ticks = 1;
      for (; member.tick().length === 0; ticks += 1);
      counts.set(ticks, (counts.get(ticks) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    // 400 each, and a deviation of 5 times the standard one, with a seed that is always the same.
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(100);
  });

  it('a new timeout is drawn with each campaign', () => {
    const drawn = [3, 0, 7];
    const member = new Alone({ term: 1, below: () => drawn.shift() ?? 0 });
    expect(member.tick(12)).toEqual([]);
    expect(member.tick()).toHaveLength(2);
    expect(member.tick(9)).toEqual([]);
    expect(member.tick()).toHaveLength(2);
    expect(member.tick(16)).toEqual([]);
    expect(member.tick()).toHaveLength(2);
  });
});

describe('§4.2.3 of the thesis: disruptive servers', () => {
  const followerOf = (ticks: number): Alone => {
    const member = new Alone({ term: 1, below: (bound) => bound - 1 });
    member.hear(append(1, [0, 0], []));
    member.tick(ticks);
    return member;
  };

  it.each([0, 5, 9])('a request for votes is not heard %i ticks after the leader', (ticks) => {
    const member = followerOf(ticks);
    expect(member.hear(voteRequest('vote', 9, [9, 9], 3))).toEqual([]);
    expect(member.hear(voteRequest('pre-vote', 9, [9, 9], 3))).toEqual([]);
    expect(member.raft.status).toMatchObject({ term: 1, leader: other(2) });
  });

  it('is heard an election timeout after the leader', () => {
    expect(followerOf(10).hear(voteRequest('pre-vote', 9, [9, 9], 3))).toEqual(['1 → 3 pre-vote for term 9: yes']);
    expect(followerOf(10).hear(voteRequest('vote', 9, [9, 9], 3))).toEqual(['1 → 3 vote in term 9: yes']);
  });

  it('is heard when the leader itself asked for it (§3.10)', () => {
    expect(followerOf(0).hear(voteRequest('vote', 2, [9, 9], 3, true))).toEqual(['1 → 3 vote in term 2: yes']);
  });

  it('is not heard by a leader', () => {
    const member = new Alone({ term: 1 }).lead();
    expect(member.hear(voteRequest('vote', 9, [9, 9], 3))).toEqual([]);
    expect(member.raft.status).toMatchObject({ role: 'leader', term: 2 });
  });
});

describe('§9.6 of the thesis: pre-vote', () => {
  it('costs nobody a term or a vote', () => {
    const asker = new Alone({ term: 1 });
    asker.tick(10);
    expect(asker.disk.hardState).toMatchObject({ term: 1, vote: undefined });
    const asked = new Alone({ term: 1 });
    expect(asked.hear(voteRequest('pre-vote', 2, [1, 1]))).toEqual(['1 → 2 pre-vote for term 2: yes']);
    expect(asked.hear(voteRequest('pre-vote', 2, [1, 1], 3))).toEqual(['1 → 3 pre-vote for term 2: yes']);
    expect(asked.disk.hardState).toMatchObject({ term: 1, vote: undefined });
  });

  it.each([
    ['as up-to-date', 2, [1, 2], '1 → 2 pre-vote for term 2: yes'],
    ['behind', 2, [1, 1], '1 → 2 pre-vote: no, in term 1'],
    ['behind, in a later term', 9, [1, 1], '1 → 2 pre-vote: no, in term 1'],
  ] as const)('is given by the log: %s', (_, now, last, expected) => {
    expect(new Alone({ term: 1, log: [1, 1] }).hear(voteRequest('pre-vote', now, last))).toEqual([expected]);
  });

  it('does not put off a campaign of its own', () => {
    const member = new Alone({ term: 1 });
    member.tick(9);
    member.hear(voteRequest('pre-vote', 2, [1, 1]));
    expect(member.tick()).toHaveLength(2);
  });

  it('is followed by a campaign when a majority would vote, and by none when a majority would not', () => {
    const pre = (granted: boolean, at: number): Alone => {
      const member = new Alone({ term: 1, voters: [1n, 2n, 3n] });
      member.tick(10);
      for (const from of [2, 3]) {
        member.hear({ kind: 'pre-vote-response', from: other(from), to: ME, term: term(at), granted });
      }
      return member;
    };
    expect(pre(true, 2).raft.status).toMatchObject({ role: 'candidate', term: 2 });
    expect(pre(false, 1).raft.status).toMatchObject({ role: 'follower', term: 1 });
    // An answer to a question that it did not ask.
    expect(pre(true, 3).raft.status).toMatchObject({ role: 'pre-candidate', term: 1 });
    expect(pre(true, 1).raft.status).toMatchObject({ role: 'pre-candidate', term: 1 });
  });

  it('of who is behind in its term, tells the term', () => {
    const member = new Alone({ term: 1 });
    member.tick(10);
    member.hear({ kind: 'pre-vote-response', from: other(2), to: ME, term: term(5), granted: false });
    expect(member.raft.status).toMatchObject({ role: 'follower', term: 5 });
  });
});
