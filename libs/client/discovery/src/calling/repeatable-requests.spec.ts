import { RepeatableRequests } from './repeatable-requests.ts';

/** Reads so many requests of one attempt, the end among them. */
async function take(requests: RepeatableRequests<string>, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  const iterator = requests.attempt()[Symbol.asyncIterator]();
  for (let index = 0; index < count; index += 1) {
    const next = await iterator.next();
    taken.push(next.done === true ? 'end' : next.value);
  }
  return taken;
}

async function* source(...words: readonly string[]): AsyncGenerator<string> {
  yield* words;
}

describe('requests that may be sent again', () => {
  it.each([
    { words: ['a'], taken: 0, repeatable: true, again: ['a', 'end'] },
    { words: ['a'], taken: 2, repeatable: true, again: ['a', 'end'] },
    { words: ['a', 'b', 'c'], taken: 1, repeatable: true, again: ['a', 'b', 'c', 'end'] },
    { words: ['a', 'b', 'c'], taken: 2, repeatable: true, again: ['a', 'b', 'c', 'end'] },
    { words: ['a', 'b', 'c'], taken: 3, repeatable: false, again: ['a', 'b', 'end'] },
  ])('of $words, after $taken were taken: $repeatable', async ({ words, taken, repeatable, again }) => {
    const requests = new RepeatableRequests(source(...words));
    await take(requests, taken);
    expect(requests.repeatable).toBe(repeatable);
    await expect(take(requests, again.length)).resolves.toEqual(again);
  });

  it('loses nothing that is on its way when an attempt ends', async () => {
    const slow = Promise.withResolvers<string>();
    const requests = new RepeatableRequests(
      (async function* () {
        yield await slow.promise;
      })(),
    );
    const unheard = requests.attempt()[Symbol.asyncIterator]().next();
    const heard = take(requests, 1);
    slow.resolve('a');
    await expect(heard).resolves.toEqual(['a']);
    await expect(unheard).resolves.toMatchObject({ value: 'a' });
  });

  it('tells the source when no attempt follows, and hears no complaint', async () => {
    let told = 0;
    const requests = new RepeatableRequests<string>({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 'a' }),
        return: async () => {
          told += 1;
          throw new RangeError('unwell');
        },
      }),
    });
    await take(requests, 1);
    requests.release();
    expect(told).toBe(1);
  });
});
