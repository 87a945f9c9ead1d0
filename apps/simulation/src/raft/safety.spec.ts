import { firstConfiguration, logIndex, memberId, term, type Entry, type RaftStatus } from '@portolan/raft';
import {
  COMMIT_MONOTONIC,
  ELECTION_SAFETY,
  LEADER_APPEND_ONLY,
  LEADER_COMPLETENESS,
  LOG_MATCHING,
  ONE_VOTE,
  SafetyChecker,
  STATE_MACHINE_SAFETY,
  type Observed,
} from './safety.ts';

const [one, two, three] = [1n, 2n, 3n].map(memberId) as [
  ReturnType<typeof memberId>,
  ReturnType<typeof memberId>,
  ReturnType<typeof memberId>,
];

interface Picture {
  readonly id?: bigint;
  readonly role?: RaftStatus['role'];
  readonly term: number;
  /** Terms of the entries from 1 on. */
  readonly log: readonly number[];
  readonly committed?: number;
}

/** A member that changes as the test says. */
class Painted implements Observed {
  status: RaftStatus;
  #log: readonly number[] = [];

  constructor(picture: Picture) {
    this.status = this.paint(picture);
  }

  paint({ id = 1n, role = 'follower', term: now, log, committed = 0 }: Picture): RaftStatus {
    this.#log = log;
    const lastIndex = logIndex(log.length);
    this.status = {
      id: memberId(id),
      role,
      term: term(now),
      vote: undefined,
      leader: undefined,
      firstIndex: logIndex(1),
      snapshotIndex: logIndex(0),
      lastIndex,
      durable: lastIndex,
      committed: logIndex(committed),
      applied: logIndex(committed),
      configuration: firstConfiguration([one, two, three]),
      configurationIndex: logIndex(0),
      isEstablished: false,
      peers: new Map(),
    };
    return this.status;
  }

  entryAt(index: number): Entry | undefined {
    const found = this.#log[index - 1];
    return found === undefined ? undefined : { kind: 'empty', index: logIndex(index), term: term(found) };
  }
}

const expectViolation = (property: string, act: () => void): void => {
  expect(act).toThrow(property);
};

describe('SafetyChecker', () => {
  it('accepts a leader that replicates and commits', () => {
    const checker = new SafetyChecker();
    checker.look(one, new Painted({ role: 'leader', term: 1, log: [1, 1], committed: 2 }));
    checker.look(two, new Painted({ term: 1, log: [1, 1], committed: 1 }));
    checker.look(two, new Painted({ role: 'leader', term: 2, log: [1, 1, 2], committed: 2 }));
    checker.applied(one, { index: 1, term: 1, data: new Uint8Array([1]) });
    checker.applied(two, { index: 1, term: 1, data: new Uint8Array([1]) });
    expect(checker).toBeInstanceOf(SafetyChecker);
  });

  it('finds two leaders in a term', () => {
    const checker = new SafetyChecker();
    checker.look(one, new Painted({ role: 'leader', term: 3, log: [] }));
    expectViolation(ELECTION_SAFETY, () => {
      checker.look(two, new Painted({ role: 'leader', term: 3, log: [] }));
    });
  });

  it.each([
    ['shorter', [1]],
    ['changed', [1, 2]],
  ])('finds a leader whose log gets %s', (_how, after) => {
    const checker = new SafetyChecker();
    const leader = new Painted({ role: 'leader', term: 2, log: [1, 1] });
    checker.look(one, leader);
    leader.paint({ role: 'leader', term: 2, log: after, committed: 1 });
    expectViolation(LEADER_APPEND_ONLY, () => {
      checker.look(one, leader);
    });
  });

  it('finds two logs that agree at an index and term, and not before it', () => {
    const checker = new SafetyChecker();
    checker.look(one, new Painted({ term: 3, log: [1, 3] }));
    expectViolation(LOG_MATCHING, () => {
      checker.look(two, new Painted({ term: 3, log: [2, 3] }));
    });
  });

  it('finds a leader that lacks what an earlier one committed', () => {
    const checker = new SafetyChecker();
    checker.look(one, new Painted({ role: 'leader', term: 1, log: [1, 1], committed: 2 }));
    expectViolation(LEADER_COMPLETENESS, () => {
      checker.look(two, new Painted({ role: 'leader', term: 2, log: [1] }));
    });
  });

  it('finds two members that commit different entries at an index', () => {
    const checker = new SafetyChecker();
    checker.look(one, new Painted({ term: 2, log: [1], committed: 1 }));
    expectViolation(STATE_MACHINE_SAFETY, () => {
      checker.look(two, new Painted({ term: 2, log: [2], committed: 1 }));
    });
  });

  it('finds two members that apply different commands at an index', () => {
    const checker = new SafetyChecker();
    checker.applied(one, { index: 1, term: 1, data: new Uint8Array([1]) });
    expectViolation(STATE_MACHINE_SAFETY, () => {
      checker.applied(two, { index: 1, term: 1, data: new Uint8Array([2]) });
    });
  });

  it('finds a commit index that falls', () => {
    const checker = new SafetyChecker();
    const member = new Painted({ term: 1, log: [1, 1], committed: 2 });
    checker.look(one, member);
    member.paint({ term: 1, log: [1, 1], committed: 1 });
    expectViolation(COMMIT_MONOTONIC, () => {
      checker.look(one, member);
    });
  });

  it('finds a member that votes twice in a term, over its restarts too', () => {
    const checker = new SafetyChecker();
    checker.sent({ kind: 'vote-response', granted: true, from: one, to: two, term: term(4) });
    checker.sent({ kind: 'vote-response', granted: true, from: one, to: two, term: term(4) });
    checker.sent({ kind: 'vote-response', granted: false, from: one, to: three, term: term(4) });
    expectViolation(ONE_VOTE, () => {
      checker.sent({ kind: 'vote-response', granted: true, from: one, to: three, term: term(4) });
    });
  });

  it('finds a member that asks for votes, and then gives its own to another', () => {
    const checker = new SafetyChecker();
    const request = { lastIndex: logIndex(0), lastTerm: term(0), transfer: false };
    checker.sent({ kind: 'vote', ...request, from: one, to: two, term: term(4) });
    checker.sent({ kind: 'vote', ...request, from: one, to: three, term: term(4) });
    expectViolation(ONE_VOTE, () => {
      checker.sent({ kind: 'vote-response', granted: true, from: one, to: three, term: term(4) });
    });
  });
});
