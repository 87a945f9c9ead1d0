import { logIndex, term } from '../ids.ts';
import type { Message } from '../message.ts';
import { Alone, append, appended, ME, other, voteRequest } from '../testing/alone.ts';

/** The rules of Figure 2 of the Raft paper, in its order, by its sentences. */
describe('AppendEntries RPC', () => {
  it('1: false if term < currentTerm (§5.1)', () => {
    const member = new Alone({ term: 3, log: [1] });
    expect(member.hear(append(2, [1, 1], [2]))).toEqual(['1 → 2 your term is over, it is 3']);
    expect(member.log).toEqual([1]);
  });

  it.each([
    ['nothing there', [1, 1], [1, 3], '1 → 2 refused in term 3: no such entry 3, perhaps 1/2'],
    ['another term there', [1, 1], [2, 2], '1 → 2 refused in term 3: no such entry 2, perhaps 1/2'],
    ['the same term there', [1, 1], [1, 2], '1 → 2 appended up to 2, in term 3'],
    ['the beginning', [1, 1], [0, 0], '1 → 2 appended up to 0, in term 3'],
  ] as const)('2: false unless the log has prevLogTerm at prevLogIndex (§5.3): %s', (_, log, after, answer) => {
    expect(new Alone({ term: 3, log }).hear(append(3, after, []))).toEqual([answer]);
  });

  it.each([
    ['the first of them', [1, 1, 1], [1, 1], [2], [1, 2]],
    ['one of them', [1, 1, 1, 1], [1, 1], [1, 2], [1, 1, 2]],
    ['none of them: what follows stays', [1, 1, 1], [1, 1], [1], [1, 1, 1]],
    ['none, with nothing new: what follows stays', [1, 1, 1], [1, 1], [], [1, 1, 1]],
  ] as const)(
    '3: an entry that conflicts goes, with all that follow it (§5.3): %s',
    (_, log, after, terms, expected) => {
      const member = new Alone({ term: 2, log });
      member.hear(append(2, after, terms));
      expect(member.log).toEqual(expected);
    },
  );

  it.each([
    ['all are new', [1], [1, 1], [1, 2], [1, 1, 2]],
    ['some are there', [1, 1], [1, 1], [1, 2], [1, 1, 2]],
    ['all are there', [1, 1, 2], [1, 1], [1, 2], [1, 1, 2]],
    ['the log is empty', [], [0, 0], [1, 2], [1, 2]],
  ] as const)('4: appends what is not there yet: %s', (_, log, after, terms, expected) => {
    const member = new Alone({ term: 2, log });
    member.hear(append(2, after, terms));
    expect(member.log).toEqual(expected);
    expect(member.disk.entries.map((entry) => entry.term)).toEqual(expected);
  });

  it.each([
    ['leaderCommit is less', [1, 1], [1], 1, 1],
    ['the last new entry is less', [1, 1], [1], 9, 2],
    ['the last new entry is less, and more is in the log', [1, 1, 1, 1], [1], 4, 2],
    ['nothing is new: what was agreed on', [1, 1, 1, 1], [], 4, 1],
  ] as const)('5: commitIndex = min(leaderCommit, last new entry): %s', (_, log, terms, committed, expected) => {
    const member = new Alone({ term: 2, log });
    member.hear(append(2, [1, 1], terms, committed));
    expect(member.raft.status.committed).toBe(expected);
  });

  it('5: never sets it back', () => {
    const member = new Alone({ term: 2, log: [1, 1, 1], committed: 3 });
    member.hear(append(2, [1, 1], [1], 1));
    expect(member.raft.status.committed).toBe(3);
  });
});

describe('RequestVote RPC', () => {
  it('1: false if term < currentTerm (§5.1)', () => {
    expect(new Alone({ term: 3 }).hear(voteRequest('vote', 2, [1, 1]))).toEqual(['1 → 2 vote: no, in term 3']);
  });

  it.each([
    ['nobody has the vote', undefined, 'vote in term 3: yes'],
    ['who asks has it', 2n, 'vote in term 3: yes'],
    ['another has it', 3n, 'vote: no, in term 3'],
    ['it has it itself', 1n, 'vote: no, in term 3'],
  ] as const)('2: if votedFor is null or candidateId (§5.2): %s', (_, vote, answer) => {
    const member = new Alone({ term: 3, ...(vote !== undefined && { vote }) });
    expect(member.hear(voteRequest('vote', 3, [0, 0]))).toEqual([`1 → 2 ${answer}`]);
  });

  it.each([
    ['the same', [1, 1, 2], [2, 3], true],
    ['longer', [1, 1, 2], [2, 4], true],
    ['shorter', [1, 1, 2], [2, 2], false],
    ['shorter, of a later term', [1, 1, 2], [3, 1], true],
    ['longer, of an earlier term', [1, 1, 2], [1, 9], false],
  ] as const)('2: and its log is at least as up-to-date (§5.4.1): %s', (_, log, last, granted) => {
    const member = new Alone({ term: 3, log });
    const answer = granted ? 'vote in term 4: yes' : 'vote: no, in term 4';
    expect(member.hear(voteRequest('vote', 4, last))).toEqual([`1 → 2 ${answer}`]);
    expect(member.disk.hardState).toMatchObject({ term: 4, vote: granted ? other(2) : undefined });
  });
});

describe('All Servers', () => {
  it('applies what is committed, in order (§5.3)', () => {
    const member = new Alone({ log: [1, 1, 1], term: 1 });
    member.hear(append(1, [1, 3], [], 2));
    expect(member.told.filter((line) => line.includes('applies'))).toEqual(['1 applies 1/1', '1 applies 1/2']);
  });

  const rising = (kind: 'append' | 'vote' | 'appended' | 'vote-response' | 'heartbeat' | 'stale-term'): Message => {
    const envelope = { from: other(2), to: ME, term: term(7) };
    const none = logIndex(0);
    switch (kind) {
      case 'append':
        return append(7, [0, 0], []);
      case 'vote':
        // Of a campaign that the leader wants: others are not heard by who leads (§4.2.3 of the thesis).
        return voteRequest('vote', 7, [1, 1], 2, true);
      case 'appended':
        return { ...envelope, kind, index: none };
      case 'vote-response':
        return { ...envelope, kind, granted: false };
      case 'heartbeat':
        return { ...envelope, kind, committed: none, round: 0 };
      default:
        return { ...envelope, kind };
    }
  };

  it.each(['append', 'vote', 'appended', 'vote-response', 'heartbeat', 'stale-term'] as const)(
    'of a later term, becomes follower and takes the term (§5.1): %s',
    (kind) => {
      const follower = new Alone({ term: 1 });
      const candidate = new Alone({ term: 1 });
      candidate.do((raft) => {
        raft.campaign();
      });
      const leader = new Alone({ term: 1 }).lead();
      expect(leader.raft.status.role).toBe('leader');
      for (const member of [follower, candidate, leader]) {
        member.hear(rising(kind));
        expect(member.raft.status).toMatchObject({ role: 'follower', term: 7 });
        expect(member.disk.hardState.term).toBe(7);
      }
    },
  );
});

describe('Followers (§5.2)', () => {
  it('campaign when an election timeout passes without a leader or a vote', () => {
    const member = new Alone({ term: 1 });
    member.tick(9);
    member.hear(append(1, [0, 0], []));
    member.tick(9);
    expect(member.raft.status.role).toBe('follower');
    member.hear(voteRequest('vote', 2, [0, 0], 3, true));
    member.tick(9);
    expect(member.raft.status.role).toBe('follower');
    expect(member.tick()).toEqual(['1 → 2 pre-vote for term 3? last 0/0', '1 → 3 pre-vote for term 3? last 0/0']);
  });
});

describe('Candidates (§5.2)', () => {
  const candidate = (): Alone => {
    const member = new Alone({ term: 4, log: [1, 4] });
    member.do((raft) => {
      raft.campaign();
    });
    return member;
  };

  it('increment the term, vote for themselves, and ask all others', () => {
    const member = new Alone({ term: 4, log: [1, 4] });
    const said = member.do((raft) => {
      raft.campaign();
    });
    expect(said).toEqual(['1 → 2 vote in term 5? last 4/2', '1 → 3 vote in term 5? last 4/2']);
    expect(member.disk.hardState).toMatchObject({ term: 5, vote: ME });
  });

  it('lead when they have the votes of a majority', () => {
    const member = candidate();
    member.hear({ kind: 'vote-response', from: other(3), to: ME, term: term(5), granted: true });
    expect(member.raft.status.role).toBe('leader');
  });

  it('follow a leader of their term', () => {
    const member = candidate();
    member.hear(append(5, [4, 2], []));
    expect(member.raft.status).toMatchObject({ role: 'follower', term: 5, leader: other(2) });
  });

  it('ignore who claims to lead in an earlier term', () => {
    const member = candidate();
    member.hear(append(4, [4, 2], []));
    expect(member.raft.status).toMatchObject({ role: 'candidate', term: 5 });
  });

  it('begin anew when the election timeout passes, with the question first (§9.6 of the thesis)', () => {
    const member = candidate();
    expect(member.tick(10)).toEqual(['1 → 2 pre-vote for term 6? last 4/2', '1 → 3 pre-vote for term 6? last 4/2']);
    member.hear({ kind: 'pre-vote-response', from: other(2), to: ME, term: term(6), granted: true });
    expect(member.raft.status).toMatchObject({ role: 'candidate', term: 6 });
  });
});

describe('Leaders', () => {
  it('say so at once, with the first entry of their term (§5.2, §8), and again while idle', () => {
    const member = new Alone({ term: 1, log: [1] });
    member.do((raft) => {
      raft.campaign();
    });
    const said = member.hear({ kind: 'vote-response', from: other(2), to: ME, term: term(2), granted: true });
    expect(said).toEqual([
      '1 → 2 append in term 2 after 1/1: 2/2, committed 0',
      '1 → 3 append in term 2 after 1/1: 2/2, committed 0',
    ]);
    expect(member.tick()).toEqual(['1 → 2 heartbeat in term 2, committed 0', '1 → 3 heartbeat in term 2, committed 0']);
  });

  it('send what comes after nextIndex (§5.3)', () => {
    const member = new Alone({ term: 1, log: [1] }).lead();
    member.hear(appended(2, 2, 2));
    const said = member.do((raft) => {
      raft.propose(1, Uint8Array.of(120));
    });
    expect(said).toEqual(['1 → 2 append in term 2 after 2/2: 2/3=x, committed 2']);
  });

  it('update nextIndex and matchIndex when it succeeds', () => {
    const member = new Alone({ term: 1, log: [1, 1, 1] }).lead();
    member.hear(appended(2, 2, 4));
    expect(member.raft.status.peers.get(other(2))).toEqual({ state: 'replicate', match: 4, next: 5 });
  });

  it('decrement nextIndex and try again when it fails (§5.3)', () => {
    const member = new Alone({ term: 1, log: [1, 1, 1] }).lead();
    const said = member.hear({
      kind: 'append-refused',
      from: other(2),
      to: ME,
      term: term(2),
      previousIndex: logIndex(3),
      hintIndex: logIndex(1),
      hintTerm: term(1),
    });
    expect(said).toEqual(['1 → 2 append in term 2 after 1/1: 1/2 1/3 2/4, committed 0']);
  });

  it.each([
    ['a majority has one of this term', [1, 1], 3, 3],
    ['a majority has only those before', [1, 1], 2, 0],
    ['a majority has more than one of this term', [1], 2, 2],
  ])('commit N when a majority has it and it is of this term (§5.3, §5.4): %s', (_, log, match, committed) => {
    const member = new Alone({ term: 1, log }).lead();
    member.hear(appended(2, 2, match));
    expect(member.raft.status.committed).toBe(committed);
  });

  it('count themselves as far as their own disk is', () => {
    const member = new Alone({ term: 1, voters: [1n] });
    member.do((raft) => {
      raft.campaign();
    });
    expect(member.raft.status).toMatchObject({ role: 'leader', committed: 1, durable: 1 });
  });
});
