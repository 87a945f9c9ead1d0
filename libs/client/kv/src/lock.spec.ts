import { createSeededRng, type Principal } from '@portolan/kernel';
import {
  createEmbeddedStore,
  createIncarnation,
  keyOf,
  keysWithPrefix,
  keyToText,
  StoreClosedError,
  type KvStore,
  type LeaseId,
  type Operation,
} from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { acquireLock, LOCK_TTL_SECONDS, type Lock } from './lock.ts';

const principal: Principal = { kind: 'service', name: 'test' };

class Setting implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store = createEmbeddedStore({
    clock: this.clock,
    rng: createSeededRng(1),
    incarnation: createIncarnation(createSeededRng(2)),
    autoCompaction: 'off',
  });
  readonly #ended = new AbortController();

  acquire(name: string, signal: AbortSignal = this.#ended.signal, store: KvStore = this.store): Promise<Lock> {
    const lock = acquireLock({ store, principal, clock: this.clock, name }, signal);
    lock.catch(() => undefined);
    return lock;
  }

  /** What has settled by now. */
  async settled(...locks: readonly Promise<Lock>[]): Promise<readonly boolean[]> {
    const states = locks.map(() => false);
    locks.forEach((lock, index) => {
      const settle = (): void => {
        states[index] = true;
      };
      lock.then(settle, settle);
    });
    await this.clock.advance(10);
    return states;
  }

  async keys(): Promise<readonly string[]> {
    const { keyValues } = await this.store.range({ principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) });
    return keyValues.map(({ key }) => keyToText(key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.store[Symbol.asyncDispose]();
  }
}

const put = (key: string, lease?: LeaseId): Operation => ({
  kind: 'put',
  keyspace: 'user',
  key: keyOf(key),
  value: Buffer.from('1'),
  ...(lease !== undefined && { lease }),
});

describe('a lock', () => {
  it('is of one at a time, of who asked first, with a token that grows', async () => {
    await using setting = new Setting();
    const asked: Promise<Lock>[] = [];
    for (let number = 0; number < 5; number += 1) {
      asked.push(setting.acquire('locks/x'));
      await setting.clock.advance(1);
    }
    const tokens: number[] = [];
    for (const [index, lock] of asked.entries()) {
      expect(await setting.settled(...asked)).toEqual(asked.map((_, other) => other <= index));
      const held = await lock;
      tokens.push(held.token);
      await held[Symbol.asyncDispose]();
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(5);
    expect(await setting.keys()).toEqual([]);
  });

  it('has nothing to do with one of another name, even of one that begins like it', async () => {
    await using setting = new Setting();
    const locks = ['locks/x', 'locks/x/y', 'locks/xy', 'locks'].map((name) => setting.acquire(name));
    expect(await setting.settled(...locks.slice(0, 3))).toEqual([true, true, true]);
  });

  it('is kept for as long as it is held, and given up by who dies', async () => {
    await using setting = new Setting();
    let isDead = false;
    const mortal = new Proxy(setting.store, {
      get: (target, name: keyof KvStore) =>
        isDead ? () => Promise.reject(new StoreClosedError()) : (target[name] as () => unknown).bind(target),
    });
    const first = await setting.acquire('x', undefined, mortal);
    const second = setting.acquire('x');
    await setting.clock.advance(10 * LOCK_TTL_SECONDS * 1_000);
    expect(await setting.settled(second)).toEqual([false]);
    isDead = true;
    let both = 0;
    for (let ms = 0; ms < LOCK_TTL_SECONDS * 1_000 + 1_000; ms += 100) {
      const [isSecond] = await setting.settled(second);
      if (isSecond === true && !first.lost.aborted) both += 1;
      await setting.clock.advance(90);
    }
    expect(both).toBe(0);
    expect(first.lost.aborted).toBe(true);
    expect((await second).token).toBeGreaterThan(first.token);
  });

  it('guards a transaction: one that lost the lock writes nothing', async () => {
    await using setting = new Setting();
    const first = await setting.acquire('x');
    const write = (lock: Lock): Promise<{ readonly succeeded: boolean }> =>
      setting.store.txn({ principal, compares: [lock.guard], success: [put('protected')] });
    expect((await write(first)).succeeded).toBe(true);
    const { ids } = await setting.store.leases({ principal });
    for (const id of ids) await setting.store.revokeLease({ principal, id });
    const second = await setting.acquire('x');
    expect(first.lost.aborted).toBe(false);
    expect([await write(first), await write(second)].map(({ succeeded }) => succeeded)).toEqual([false, true]);
  });

  it('shares its queue with etcd’s clients, which put name/<lease in hex> and wait for smaller create revisions', async () => {
    await using setting = new Setting();
    const { store } = setting;
    const foreign = await store.grantLease({ principal, ttlSeconds: 60 });
    const key = `locks/x/${foreign.id.toString(16)}`;
    await store.txn({ principal, success: [put(key, foreign.id)] });
    const ours = setting.acquire('locks/x');
    expect(await setting.settled(ours)).toEqual([false]);
    const [, own] = await setting.keys();
    const lease = (await store.leases({ principal })).ids.find((id) => id !== foreign.id);
    expect(own).toBe(`locks/x/${(lease ?? 0n).toString(16)}`);
    await store.revokeLease({ principal, id: foreign.id });
    expect(await setting.settled(ours)).toEqual([true]);
  });

  it('is waited for no longer than its signal says, and leaves nothing in the queue', async () => {
    await using setting = new Setting();
    const held = await setting.acquire('x');
    const stop = new AbortController();
    const second = setting.acquire('x', stop.signal);
    const third = setting.acquire('x');
    await setting.clock.advance(10);
    stop.abort();
    expect(await setting.settled(second, third)).toEqual([true, false]);
    await expect(second).rejects.toBe(stop.signal.reason);
    await held[Symbol.asyncDispose]();
    expect(await setting.settled(third)).toEqual([true]);
    expect(await setting.keys()).toHaveLength(1);
  });

  it('is not had by who lost its place while it waited', async () => {
    await using setting = new Setting();
    const held = await setting.acquire('x');
    const waiting = setting.acquire('x');
    await setting.clock.advance(10);
    const { ids } = await setting.store.leases({ principal });
    const [, place] = await setting.keys();
    for (const id of ids) if (place === `x/${id.toString(16)}`) await setting.store.revokeLease({ principal, id });
    await held[Symbol.asyncDispose]();
    await setting.settled(waiting);
    await expect(waiting).rejects.toMatchObject({ code: 'KV_CLIENT_LOCK_LOST' });
  });

  it('goes on waiting when the history it waits in was compacted', async () => {
    await using setting = new Setting();
    const { store } = setting;
    const held = await setting.acquire('x');
    const waiting = setting.acquire('x');
    for (let write = 0; write < 10; write += 1) {
      const { revision: at } = await store.txn({ principal, success: [put('other')] });
      await store.compact({ principal, keyspace: 'user', revision: at });
      await setting.clock.advance(10);
    }
    await held[Symbol.asyncDispose]();
    expect(await setting.settled(waiting)).toEqual([true]);
  });
});
