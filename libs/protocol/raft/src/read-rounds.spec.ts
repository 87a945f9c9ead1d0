import { logIndex } from './ids.ts';
import { ReadRounds, type Reader } from './read-rounds.ts';

const reader = (token: number): Reader => ({ kind: 'local', token });

it('numbers rounds, each with the reads that waited and the commit index of its beginning', () => {
  const rounds = new ReadRounds();
  expect([rounds.round, rounds.isWaiting]).toEqual([0, false]);
  rounds.add(reader(1));
  rounds.add(reader(2));
  expect(rounds.isWaiting).toBe(true);
  rounds.begin(logIndex(4));
  rounds.add(reader(3));
  rounds.begin(logIndex(6));
  expect([rounds.round, rounds.isWaiting, rounds.count]).toEqual([2, false, 3]);
  expect(rounds.confirm(0)).toEqual([]);
  expect(rounds.confirm(1)).toMatchObject([{ index: 4, readers: [reader(1), reader(2)] }]);
  expect(rounds.confirm(1)).toEqual([]);
  expect(rounds.confirm(9)).toMatchObject([{ index: 6, readers: [reader(3)] }]);
  expect(rounds.count).toBe(0);
});

it('a later round confirms those before it', () => {
  const rounds = new ReadRounds();
  for (const token of [1, 2, 3]) {
    rounds.add(reader(token));
    rounds.begin(logIndex(token));
  }
  expect(rounds.confirm(2).map(({ index }) => index)).toEqual([1, 2]);
  expect(rounds.count).toBe(1);
});

it('names everybody who has no answer', () => {
  const rounds = new ReadRounds();
  for (const token of [1, 2]) {
    rounds.add(reader(token));
    rounds.begin(logIndex(token));
  }
  rounds.confirm(1);
  rounds.add(reader(3));
  expect(rounds.abandoned()).toEqual([reader(2), reader(3)]);
});
