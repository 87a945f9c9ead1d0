import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore } from '../embedded-store.ts';
import { StoreClosedError } from '../errors.ts';
import { createIncarnation } from '../ids.ts';
import { eventText, keys, principal, putOne } from '../testing/shorthand.ts';
import { WOKEN_AT_ONCE } from './wake-ups.ts';

const MANY = 10 * WOKEN_AT_ONCE;

/** A store whose time a test moves, and watches of one key that are read all the time. */
class Watched implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store = createEmbeddedStore({
    clock: this.clock,
    rng: createSeededRng(1),
    incarnation: createIncarnation(createSeededRng(2)),
  });
  readonly told: string[][] = [];
  readonly ended: Promise<unknown>[] = [];
  readonly #abort = new AbortController();

  async watch(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) this.ended.push(this.#follow());
    await this.clock.advance(1);
  }

  get toldOfAll(): number {
    return this.told.reduce((sum, texts) => sum + texts.length, 0);
  }

  async #follow(): Promise<unknown> {
    const texts: string[] = [];
    this.told.push(texts);
    const request = { principal, keyspace: 'user', keys: keys('a') } as const;
    try {
      for await (const { events } of this.store.watch(request, this.#abort.signal))
        texts.push(...events.map(eventText));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.store[Symbol.asyncDispose]();
  }
}

describe('watchers that have something to read', () => {
  it('are told at once when they are few, whatever the clock says', async () => {
    await using watched = new Watched();
    await watched.watch(WOKEN_AT_ONCE);
    for (const value of ['1', '2']) {
      await putOne(watched.store, 'a', value);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(watched.told).toEqual(watched.told.map(() => ['2 put a=1', '3 put a=2']));
  });

  it('let who has written be answered first when they are many, and then each is told of all, in order', async () => {
    await using watched = new Watched();
    await watched.watch(MANY);
    await putOne(watched.store, 'a', '1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(watched.toldOfAll).toBe(WOKEN_AT_ONCE);
    await putOne(watched.store, 'a', '2');
    await watched.clock.advance(1);
    expect(watched.told).toEqual(watched.told.map(() => ['2 put a=1', '3 put a=2']));
  });

  it('end with the store, told or not, and no timer is left', async () => {
    await using watched = new Watched();
    await watched.watch(MANY);
    await putOne(watched.store, 'a', '1');
    await watched.store[Symbol.asyncDispose]();
    for (const ended of watched.ended) expect(await ended).toBeInstanceOf(StoreClosedError);
    expect(watched.clock.pending).toBe(0);
  });
});
