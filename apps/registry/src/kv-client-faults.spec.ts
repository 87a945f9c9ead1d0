import { ANONYMOUS as principal, createSeededRng } from '@portolan/kernel';
import {
  IncarnationChangedError,
  keyOf,
  keysWithPrefix,
  OutcomeUnknownError,
  oneKey,
  SEQUENCE_WINDOW,
  StoreClosedError,
  type KvStore,
  type Operation,
  type TxnResult,
} from '@portolan/kv';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { WatchReader } from '@portolan/kv/testing';
import { systemClock } from '@portolan/runtime';
import { FaultyChannel, type Fault } from './testing/faulty-channel.ts';
import { freshStore, kvOverGrpc, type KvOverGrpc } from '@portolan/native-dialect/testing';

const put = (key: string, value = ''): Operation => ({
  kind: 'put',
  keyspace: 'user',
  key: keyOf(key),
  value: Buffer.from(value),
});
const write = (store: KvStore, ...success: readonly Operation[]): Promise<TxnResult> =>
  store.txn({ principal, success });

async function versionOf(store: KvStore, key: string): Promise<number> {
  const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf(key)) });
  return keyValues[0]?.version ?? 0;
}

interface FaultyHouse extends KvOverGrpc {
  readonly client: KvClient;
  readonly channel: FaultyChannel;
}

/** @param decide what happens to the nth call of a method, from 1 */
async function open(decide: (method: string, nth: number) => Fault, retryMs?: number): Promise<FaultyHouse> {
  const stack = new AsyncDisposableStack();
  const house = stack.use(await kvOverGrpc(systemClock));
  const counts = new Map<string, number>();
  const channel = new FaultyChannel(house.connection, (method) => {
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    return decide(method, nth);
  });
  const options = { clock: systemClock, rng: createSeededRng(1), ...(retryMs !== undefined && { retryMs }) };
  const client = stack.use(createKvClient(channel, options));
  return { ...house, client, channel, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a transaction', () => {
  it('whose answer is lost is sent again and applied once', async () => {
    await using house = await open((method, nth) => (method === 'Txn' && nth < 4 ? 'answer-lost' : 'none'));
    expect(await write(house.client, put('a'))).toMatchObject({ revision: 2 });
    expect(await versionOf(house.store, 'a')).toBe(1);
    expect(house.channel.calls.filter((name) => name === 'Txn').length).toBeGreaterThan(3);
  });

  it('is applied once whatever is lost, however many there are at once', async () => {
    const rng = createSeededRng(48151);
    const fate = (): Fault => (['none', 'none', 'none', 'not-sent', 'answer-lost'] as const)[rng.below(5)] ?? 'none';
    await using house = await open((method) => (method === 'Txn' ? fate() : 'none'));
    const many = 200;
    const results = await Promise.all(Array.from({ length: many }, () => write(house.client, put('a'))));
    expect(new Set(results.map(({ revision }) => revision)).size).toBe(many);
    expect(await versionOf(house.store, 'a')).toBe(many);
  });

  it('goes on under a new session when the store has forgotten the old one', async () => {
    await using house = await open(() => 'none');
    await write(house.client, put('a'));
    const { port } = house.server;
    await house.server.drain();
    await using again = await kvOverGrpc(systemClock, freshStore(systemClock), port);
    expect(await write(house.client, put('a'))).toMatchObject({ revision: 2 });
    expect(await versionOf(again.store, 'a')).toBe(1);
  });

  it('goes on after more of them than a session has room for did not come to the store', async () => {
    const lost = 2 * SEQUENCE_WINDOW;
    await using house = await open(
      (method, nth) => (method === 'Txn' && nth > 3 && nth <= 3 + lost ? 'not-sent' : 'none'),
      0,
    );
    await write(house.client, put('a'));
    await write(house.client, put('a'));
    for (let nth = 0; nth < lost; nth += 1) {
      await expect(write(house.client, put('a'))).rejects.toMatchObject({ kind: 'unavailable' });
    }
    await write(house.client, put('a'));
    await write(house.client, put('a'));
    expect(await versionOf(house.store, 'a')).toBe(4);
  });

  it('says so when nobody can know whether it was applied', async () => {
    await using house = await open((method, nth) => {
      if (method !== 'Txn' || nth === 1) return 'none';
      return nth === 2 ? 'answer-lost' : 'not-sent';
    });
    await using client = createKvClient(house.channel, { clock: systemClock, rng: createSeededRng(2), timeoutMs: 200 });
    await expect(write(client, put('a'))).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(await versionOf(house.store, 'a')).toBe(1);
  });

  it('that was certainly not applied fails as what it is', async () => {
    await using house = await open((method) => (method === 'Txn' ? 'not-sent' : 'none'));
    await using client = createKvClient(house.channel, { clock: systemClock, rng: createSeededRng(2), timeoutMs: 200 });
    await expect(write(client, put('a'))).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE', reachedServer: false });
  });

  it('is given up with the reason of the signal', async () => {
    await using house = await open((method) => (method === 'Txn' ? 'not-sent' : 'none'));
    const abort = new AbortController();
    const writing = house.client.txn({ principal, success: [put('a')] }, abort.signal);
    abort.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
  });
});

describe('a read', () => {
  it('is tried again while the registry is away', async () => {
    await using house = await open((_method, nth) => (nth < 4 ? 'not-sent' : 'none'));
    expect(await versionOf(house.client, 'a')).toBe(0);
    expect(house.channel.calls).toEqual(['Range', 'Range', 'Range', 'Range']);
  });
});

describe('a watch', () => {
  const all = { keyspace: 'user', keys: keysWithPrefix(keyOf('')) } as const;

  it('delivers everything once, in order, however often its stream breaks', async () => {
    const rng = createSeededRng(4);
    await using house = await open((method) => (method === 'Watch' ? { cutAfter: rng.below(4) } : 'none'));
    await using reader = await new WatchReader(house.client, all).created();
    for (let index = 0; index < 40; index += 1) {
      await write(house.store, put(`k${String(index % 7)}`));
      if (index % 3 === 0) await reader.until(index);
    }
    const events = await reader.until(40);
    expect(events.map((event) => (event.kind === 'put' ? event.keyValue.modRevision : 0))).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 2),
    );
    expect(house.channel.calls.filter((name) => name === 'Watch').length).toBeGreaterThan(3);
  });

  it('goes on when the server comes back with the same history', async () => {
    await using house = await open(() => 'none');
    await using reader = await new WatchReader(house.client, all).created();
    await write(house.store, put('a'));
    await reader.until(1);
    const { port } = house.server;
    await house.server.drain();
    await write(house.store, put('b'));
    await using again = await kvOverGrpc(systemClock, house.store, port);
    await write(again.store, put('c'));
    expect((await reader.until(3)).map((event) => event.kind)).toEqual(['put', 'put', 'put']);
  });

  it('ends with IncarnationChangedError when the server comes back with another history', async () => {
    await using house = await open(() => 'none');
    await using reader = await new WatchReader(house.client, all).created();
    await write(house.store, put('a'));
    await reader.until(1);
    const { port } = house.server;
    await house.server.drain();
    await using again = await kvOverGrpc(systemClock, freshStore(systemClock), port);
    const { incarnation } = await again.store.status();
    const failure = reader.next();
    await expect(failure).rejects.toBeInstanceOf(IncarnationChangedError);
    await expect(failure).rejects.toMatchObject({ current: incarnation });
  });

  it('ends quietly when its signal aborts while it waits for the registry to come back', async () => {
    const away = Promise.withResolvers<undefined>();
    await using house = await open((method, nth) => {
      if (method === 'Watch' && nth === 3) away.resolve(undefined);
      return 'not-sent';
    });
    const abort = new AbortController();
    const batches = house.client.watch({ principal, ...all }, abort.signal)[Symbol.asyncIterator]();
    const end = batches.next();
    await away.promise;
    abort.abort();
    expect((await end).done).toBe(true);
  });
});

describe('keep-alives', () => {
  it('share one stream, and open another when it broke', async () => {
    await using house = await open((method, nth) =>
      method === 'KeepLeaseAlive' && nth === 1 ? { cutAfter: 3 } : 'none',
    );
    const { id } = await house.client.grantLease({ principal, ttlSeconds: 60 });
    for (let round = 0; round < 6; round += 1) await house.client.keepAlive({ principal, id });
    await Promise.all(Array.from({ length: 20 }, () => house.client.keepAlive({ principal, id })));
    expect(house.channel.calls.filter((name) => name === 'KeepLeaseAlive')).toHaveLength(2);
  });

  it('fail when the client is closed', async () => {
    await using house = await open(() => 'none');
    await house.client[Symbol.asyncDispose]();
    const { id } = await house.store.grantLease({ principal, ttlSeconds: 60 });
    await expect(house.client.keepAlive({ principal, id })).rejects.toMatchObject({ code: 'KV_CLIENT_CLOSED' });
  });
});

describe('a closed store', () => {
  it('is known as such at the other end', async () => {
    await using house = await open(() => 'none');
    await using client = createKvClient(house.connection, {
      clock: systemClock,
      rng: createSeededRng(2),
      // Retried for a moment; time to answer is not what this is about.
      retryMs: 100,
    });
    await house.store[Symbol.asyncDispose]();
    await expect(versionOf(client, 'a')).rejects.toBeInstanceOf(StoreClosedError);
  });
});
