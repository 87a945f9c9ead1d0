import { logIndex, memberId, term } from './ids.ts';
import type { Message } from './message.ts';
import { Persistence } from './persistence.ts';
import type { Persist } from './ready.ts';
import { NO_MEMBERS } from './configuration.ts';

const persist = (): Persist => ({
  hardState: { term: term(1), vote: undefined, committed: logIndex(0) },
  snapshot: undefined,
  entries: [],
});
const message = (index: number): Message => ({
  kind: 'appended',
  from: memberId(1n),
  to: memberId(2n),
  term: term(1),
  index: logIndex(index),
});

describe('what is held', () => {
  it('waits for the write that has what it relies on', () => {
    const persistence = new Persistence();
    const [first, second] = [persist(), persist()];
    persistence.hold(message(1));
    persistence.begin(first, logIndex(1));
    persistence.hold(message(2));
    persistence.begin(second, logIndex(2));
    expect(persistence.complete(first)).toEqual({ durable: 1, released: [message(1)] });
    expect(persistence.complete(second)).toEqual({ durable: 2, released: [message(2)] });
  });

  it('with nothing new to write, waits for the last that is under way, or leaves at once', () => {
    const persistence = new Persistence();
    const first = persist();
    persistence.hold(message(1));
    expect(persistence.settle()).toEqual([message(1)]);
    persistence.begin(first, logIndex(1));
    persistence.hold(message(2));
    expect(persistence.settle()).toEqual([]);
    expect(persistence.complete(first).released).toEqual([message(2)]);
    expect(persistence.settle()).toEqual([]);
  });
});

describe('a write that is confirmed late', () => {
  it('says nothing about entries that were replaced meanwhile, not even about the same ones again', () => {
    const persistence = new Persistence();
    const [first, second, third] = [persist(), persist(), persist()];
    persistence.begin(first, logIndex(5));
    persistence.truncated(logIndex(4));
    persistence.begin(second, logIndex(6));
    persistence.truncated(logIndex(3));
    persistence.begin(third, logIndex(5));
    expect([first, second, third].map((each) => persistence.complete(each).durable)).toEqual([2, 2, 5]);
  });

  it('is confirmed in order, and once', () => {
    const persistence = new Persistence();
    const [first, second] = [persist(), persist()];
    persistence.begin(first, logIndex(1));
    persistence.begin(second, logIndex(2));
    expect(() => persistence.complete(second)).toThrow('in order');
    const other = new Persistence();
    other.begin(first, logIndex(1));
    other.complete(first);
    expect(() => other.complete(first)).toThrow('in order');
  });
});

it('counts for how long no write is done, though there is one to do', () => {
  const persistence = new Persistence();
  const [first, second] = [persist(), persist()];
  persistence.tick();
  expect(persistence.stalledTicks).toBe(0);
  persistence.begin(first, logIndex(1));
  persistence.tick();
  persistence.tick();
  persistence.begin(second, logIndex(2));
  persistence.tick();
  expect(persistence.stalledTicks).toBe(3);
  persistence.complete(first);
  expect(persistence.stalledTicks).toBe(0);
  persistence.tick();
  expect(persistence.stalledTicks).toBe(1);
  persistence.complete(second);
  persistence.tick();
  expect(persistence.stalledTicks).toBe(0);
});

it('knows that a snapshot is being installed until it is written', () => {
  const persistence = new Persistence();
  const snapshot = { index: logIndex(9), term: term(1), configuration: NO_MEMBERS };
  const [plain, installing] = [persist(), { ...persist(), snapshot }];
  persistence.begin(plain, logIndex(1));
  expect(persistence.isInstalling).toBe(false);
  persistence.begin(installing, logIndex(9));
  persistence.complete(plain);
  expect(persistence.isInstalling).toBe(true);
  persistence.complete(installing);
  expect(persistence.isInstalling).toBe(false);
});
