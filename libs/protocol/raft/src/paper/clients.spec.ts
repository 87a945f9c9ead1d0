import { logIndex, term } from '../ids.ts';
import type { Message } from '../message.ts';
import { Alone, append, appended, ME, other } from '../testing/alone.ts';

const confirmed = (from: number, now: number, round: number): Message => ({
  kind: 'heartbeat-response',
  from: other(from),
  to: ME,
  term: term(now),
  round,
});
const read = (member: Alone, token: number): readonly string[] =>
  member.do((raft) => {
    raft.readIndex(token);
  });
const answers = (member: Alone): readonly string[] => member.told.filter((line) => line.includes('who read'));

describe('§8 of the paper, §6.4 of the thesis: linearizable reads', () => {
  it('1: not before an entry of the leader’s own term is committed', () => {
    const member = new Alone({ term: 1, log: [1] }).lead();
    expect(read(member, 1)).toEqual([]);
    expect(member.raft.status.isEstablished).toBe(false);
    expect(member.hear(appended(2, 2, 2))).toContain('1 → 2 heartbeat in term 2, committed 2, round 1');
    expect(member.raft.status.isEstablished).toBe(true);
  });

  it('2 and 3: at the commit index of when it is asked, once a majority has answered a heartbeat sent after it', () => {
    const member = new Alone({ term: 1, voters: [1n, 2n, 3n, 4n, 5n] }).lead();
    for (const from of [2, 3]) member.hear(appended(from, 2, 1));
    read(member, 7);
    member.do((raft) => {
      raft.propose(1, Uint8Array.of(120));
    });
    for (const from of [2, 3]) member.hear(appended(from, 2, 2));
    expect(member.raft.status.committed).toBe(2);
    member.hear(confirmed(2, 2, 1));
    // The same once more, one of an earlier round, and one of who is no voter.
    member.hear(confirmed(2, 2, 1));
    member.hear(confirmed(3, 2, 0));
    member.hear(confirmed(9, 2, 1));
    expect(answers(member)).toEqual([]);
    member.hear(confirmed(5, 2, 1));
    expect(answers(member)).toEqual(['1 tells who read 7: once 1 is applied']);
  });

  it('3: reads share a round, and a later round confirms earlier ones', () => {
    const member = new Alone({ term: 1 }).lead();
    member.hear(appended(2, 2, 1));
    member.do((raft) => {
      raft.readIndex(1);
      raft.readIndex(2);
    });
    read(member, 3);
    member.hear(confirmed(3, 2, 2));
    expect(answers(member).map((line) => line.slice(0, 18))).toEqual([
      '1 tells who read 1',
      '1 tells who read 2',
      '1 tells who read 3',
    ]);
  });

  it('a leader that loses its term drops them', () => {
    const member = new Alone({ term: 1 }).lead();
    member.hear(appended(2, 2, 1));
    read(member, 1);
    member.hear(append(3, [0, 0], []));
    expect(answers(member)).toEqual(['1 tells who read 1: ask again']);
  });
});

describe('§6.2 of the thesis: who leads, and who has', () => {
  it('"a leader steps down if an election timeout elapses without a successful round of heartbeats to a majority"', () => {
    const member = new Alone({ term: 1, voters: [1n, 2n, 3n, 4n, 5n] }).lead();
    for (let round = 0; round < 5; round += 1) {
      member.tick(9);
      for (const from of [3, 4]) member.hear(confirmed(from, 2, 0));
      member.tick();
      expect(member.raft.status.role).toBe('leader');
    }
    member.tick(9);
    member.hear(confirmed(3, 2, 0));
    member.tick();
    expect(member.raft.status).toMatchObject({ role: 'follower', term: 2, leader: undefined });
  });

  it('a follower sends proposals on to the leader that it knows', () => {
    const member = new Alone({ term: 1 });
    const propose = (): readonly string[] =>
      member.do((raft) => {
        raft.propose(1, Uint8Array.of(120));
      });
    expect(propose).toThrow('no leader');
    member.hear(append(1, [0, 0], []));
    expect(propose()).toEqual(['1 → 2 forward in term 1, batch 1.1: x']);
  });
});

describe('§3.10 of the thesis: leadership transfer', () => {
  const transfer = (member: Alone): readonly string[] =>
    member.do((raft) => {
      raft.transferLeadership(other(2));
    });

  it('1: the prior leader stops accepting new client requests', () => {
    const member = new Alone({ term: 1 }).lead();
    transfer(member);
    expect(() =>
      member.do((raft) => {
        raft.propose(1, Uint8Array.of(120));
      }),
    ).toThrow('being transferred');
  });

  it('2 and 3: it brings the log of the target up to its own, and sends TimeoutNow', () => {
    const member = new Alone({ term: 1, log: [1] }).lead();
    expect(transfer(member)).toEqual([]);
    expect(member.hear(appended(2, 2, 1))).not.toContain('1 → 2 campaign at once, in term 2');
    expect(member.hear(appended(2, 2, 2))).toContain('1 → 2 campaign at once, in term 2');
  });

  it('which the target obeys at once', () => {
    const member = new Alone({ term: 1 });
    member.hear(append(1, [0, 0], []));
    expect(member.hear({ kind: 'timeout-now', from: other(2), to: ME, term: term(1) })).toEqual([
      '1 → 2 vote in term 2? last 0/0, by transfer',
      '1 → 3 vote in term 2? last 0/0, by transfer',
    ]);
  });

  it('"if leadership transfer does not complete after about an election timeout", it resumes', () => {
    const member = new Alone({ term: 1 }).lead();
    transfer(member);
    for (let round = 0; round < 10; round += 1) {
      member.tick();
      member.hear(confirmed(3, 2, 0));
    }
    member.do((raft) => {
      raft.propose(1, Uint8Array.of(120));
    });
    expect(member.raft.status.lastIndex).toBe(2);
  });

  it('a learner, or who is no member, is no target', () => {
    const member = new Alone({ term: 1, learners: [4n] }).lead();
    for (const id of [4, 9]) {
      expect(() => {
        member.raft.transferLeadership(other(id));
      }).toThrow('is no member');
    }
    expect(member.raft.status.lastIndex).toBe(logIndex(1));
  });
});
