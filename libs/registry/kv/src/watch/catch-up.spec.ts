import { ANONYMOUS, assert } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { incarnation, revision, type Revision } from '../ids.ts';
import { keyOf, type Key } from '../key.ts';
import { oneKey } from '../key-range.ts';
import { KeyspaceState } from '../machine/keyspace-state.ts';
import type { WatchBatch } from '../watch-request.ts';
import { WatchHub } from './watch-hub.ts';

type Watching = AsyncGenerator<WatchBatch, void, undefined>;

const WATCHES = 200;
const FIRST = revision(1);

/** A history that counts how often somebody looks at one of its changes. */
class Watched {
  readonly clock = new VirtualClock();
  readonly hub: WatchHub;
  #state = new KeyspaceState(FIRST);
  #current = FIRST;
  looks = 0;

  constructor() {
    const other = new KeyspaceState(FIRST);
    this.hub = new WatchHub({
      clock: this.clock,
      keyspaces: () => ({ user: this.#state, catalog: other, system: other }),
      header: () => ({ incarnation: incarnation('one'), revision: this.#current }),
      watchersMax: 10_000,
      progressIntervalMs: 1_000,
    });
  }

  /** Each key is put once. */
  happened(keys: readonly Key[]): void {
    for (const key of keys) {
      const next = revision(this.#current + 1);
      const [createRevision, modRevision] = [next, next];
      this.#state.put(
        { key, value: Buffer.of(), createRevision, modRevision, version: 1, lease: undefined },
        undefined,
      );
      this.#state.commit(next);
      this.#current = next;
    }
    const { history } = this.#state;
    const at = history.at.bind(history);
    history.at = (position) => {
      this.looks += 1;
      return at(position);
    };
  }

  watch(key: Key, startRevision?: Revision): Watching {
    const request = { principal: ANONYMOUS, keyspace: 'user', keys: oneKey(key) } as const;
    const { signal } = new AbortController();
    return this.hub.watch(startRevision === undefined ? request : { ...request, startRevision }, signal);
  }
}

const keys = Array.from({ length: WATCHES }, (_, index) => keyOf(`k${String(index)}`));

async function nextOf(watches: readonly Watching[]): Promise<readonly WatchBatch[]> {
  const results = await Promise.all(watches.map((watch) => watch.next()));
  return results.map(({ value }) => {
    assert(value !== undefined, 'a watch that nobody aborted does not end');
    return value;
  });
}

function expectEachItsOwn(batches: readonly WatchBatch[]): void {
  expect(batches.map(({ events }) => events.map((event) => event.kind === 'put' && event.keyValue.key))).toEqual(
    keys.map((key) => [key]),
  );
}

describe('watches that have to look through history', () => {
  it('do it once for all that begin together, and then each reads its own alone', async () => {
    const watched = new Watched();
    watched.happened(keys);
    const watches = keys.map((key) => watched.watch(key, revision(2)));
    expect((await nextOf(watches)).map(({ kind }) => kind)).toEqual(keys.map(() => 'created'));
    expectEachItsOwn(await nextOf(watches));
    expect(watched.looks).toBe(2 * WATCHES);
  });

  it('do it once for all when a snapshot took the place of the state', async () => {
    const watched = new Watched();
    const watches = keys.map((key) => watched.watch(key));
    await nextOf(watches);
    const next = nextOf(watches);
    watched.happened(keys);
    watched.hub.resume(FIRST);
    expectEachItsOwn(await next);
    expect(watched.looks).toBe(2 * WATCHES);
  });

  it('look no further when all of them know enough', async () => {
    const watched = new Watched();
    watched.happened(Array.from({ length: 10_000 }, () => keyOf('a')));
    const watch = watched.watch(keyOf('a'), revision(2));
    await nextOf([watch]);
    expect(watched.looks).toBeLessThan(100);
    const [batch] = await nextOf([watch]);
    expect(batch?.events).toHaveLength(1_000);
  });
});
