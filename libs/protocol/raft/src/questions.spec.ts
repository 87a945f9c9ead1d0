import { OverloadedError } from './errors.ts';
import { logIndex, term } from './ids.ts';
import { Questions } from './questions.ts';

const data = (length: number): Uint8Array => new Uint8Array(length);

describe('a batch', () => {
  it('has an id that no other has, in any start', () => {
    const ids = [1, 2].flatMap((start) => {
      const questions = new Questions(start, { unansweredMax: 9, unansweredBytesMax: 1_000 });
      questions.propose(1, data(1));
      const forward = questions.takeProposals(100);
      questions.read(2);
      return [forward?.batch, questions.takeReads()];
    });
    expect(new Set(ids.map((batch) => JSON.stringify(batch))).size).toBe(4);
  });

  it('holds what fits into its bytes, and one at least', () => {
    const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 1_000 });
    for (const length of [10, 10, 10, 500, 10]) questions.propose(length, data(length));
    const taken = Array.from({ length: 4 }, () => questions.takeProposals(90)?.proposals.map(({ length }) => length));
    expect(taken).toEqual([[10, 10], [10], [500], [10]]);
    expect(questions.takeProposals(90)).toBeUndefined();
  });

  it('is placed one after the other', () => {
    const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 1_000 });
    questions.propose(7, data(1));
    questions.propose(8, data(1));
    const batch = questions.takeProposals(1_000)?.batch ?? { start: 0, sequence: 0 };
    expect(questions.placed(batch, logIndex(4), term(2))).toEqual([
      { kind: 'placed', token: 7, index: 4, term: 2 },
      { kind: 'placed', token: 8, index: 5, term: 2 },
    ]);
  });
});

describe('an answer', () => {
  it('is taken once, and only of what was asked since this start', () => {
    const questions = new Questions(2, { unansweredMax: 9, unansweredBytesMax: 1_000 });
    questions.read(7);
    const batch = questions.takeReads() ?? { start: 0, sequence: 0 };
    expect(questions.confirmed({ ...batch, start: 1 }, logIndex(4))).toEqual([]);
    expect(questions.confirmed({ ...batch, sequence: 9 }, logIndex(4))).toEqual([]);
    expect(questions.placed(batch, logIndex(4), term(1))).toEqual([]);
    expect(questions.confirmed(batch, logIndex(4))).toEqual([{ kind: 'confirmed', token: 7, index: 4 }]);
    expect(questions.confirmed(batch, logIndex(4))).toEqual([]);
  });

  it('that does not come in time is given up: a proposal is unknown, a read is to be asked again', () => {
    const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 1_000 });
    questions.propose(1, data(1));
    questions.takeProposals(100);
    questions.tick(3);
    questions.read(2);
    questions.takeReads();
    questions.tick(3);
    expect(questions.tick(3)).toEqual({ placements: [{ kind: 'unknown', token: 1 }], reads: [] });
    expect(questions.tick(3)).toEqual({ placements: [], reads: [{ kind: 'dropped', token: 2 }] });
    expect(questions.tick(3)).toEqual({ placements: [], reads: [] });
  });
});

it('when the leader is another: what was sent is unknown, what was not is refused', () => {
  const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 1_000 });
  questions.propose(1, data(1));
  questions.read(2);
  const forward = questions.takeProposals(100);
  questions.takeReads();
  questions.propose(3, data(1));
  questions.read(4);
  expect(questions.leaderChanged()).toEqual({
    placements: [
      { kind: 'refused', token: 3, reason: 'not-leader' },
      { kind: 'unknown', token: 1 },
    ],
    reads: [
      { kind: 'dropped', token: 4 },
      { kind: 'dropped', token: 2 },
    ],
  });
  expect(questions.takeProposals(100)).toBeUndefined();
  expect(questions.placed(forward?.batch ?? { start: 0, sequence: 0 }, logIndex(1), term(1))).toEqual([]);
});

it('is bounded, and has room again for each that is answered or given up', () => {
  const questions = new Questions(1, { unansweredMax: 3, unansweredBytesMax: 1_000 });
  const fill = (): void => {
    questions.propose(1, data(1));
    questions.read(2);
    questions.read(3);
    expect(() => {
      questions.propose(4, data(1));
    }).toThrow(OverloadedError);
    expect(() => {
      questions.read(4);
    }).toThrow(OverloadedError);
  };
  fill();
  questions.leaderChanged();
  fill();
  questions.takeProposals(100);
  const reads = questions.takeReads() ?? { start: 0, sequence: 0 };
  questions.confirmed(reads, logIndex(1));
  questions.tick(1);
  fill();
});

it('is bounded in bytes too, as the leader counts them, and has room again for each that is answered or given up', () => {
  const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 200 });
  const fill = (): void => {
    questions.propose(1, data(68));
    questions.propose(2, data(68));
    expect(() => {
      questions.propose(3, data(1));
    }).toThrow(OverloadedError);
    questions.read(4);
  };
  fill();
  questions.leaderChanged();
  fill();
  const batch = questions.takeProposals(1_000)?.batch ?? { start: 0, sequence: 0 };
  questions.placed(batch, logIndex(1), term(1));
  fill();
  questions.takeProposals(1_000);
  questions.takeReads();
  questions.tick(1);
  fill();
});

it('takes one proposal however large', () => {
  const questions = new Questions(1, { unansweredMax: 9, unansweredBytesMax: 200 });
  questions.propose(1, data(5_000));
  expect(questions.takeProposals(1_000)?.proposals).toHaveLength(1);
});
