import { keyOf, type KvStore } from '@portolan/kv';
import type { Principal } from '@portolan/kernel';
import { startOurEtcd, type OurEtcd } from '../testing/our-etcd.ts';
import { WatchClient } from '../testing/watch-client.ts';

const principal: Principal = { kind: 'operator', name: 'test' };

function put(store: KvStore, key: string, value: string | Buffer = 'v'): Promise<unknown> {
  return store.txn({
    principal,
    success: [{ kind: 'put', keyspace: 'user', key: keyOf(key), value: Buffer.from(value) }],
  });
}

describe('the watches of one stream', () => {
  let ours: OurEtcd;
  let client: WatchClient;
  beforeEach(async () => {
    ours = await startOurEtcd({ autoCompaction: 'off' });
    client = new WatchClient(ours.port);
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await ours[Symbol.asyncDispose]();
  });

  it('are numbered by the server unless the client does', async () => {
    client.create();
    client.create({ watchId: 7n });
    client.create();
    const answers = [await client.next(), await client.next(), await client.next()];
    expect(answers.map(({ watchId, created, canceled }) => ({ watchId, created, canceled }))).toEqual([
      { watchId: 0n, created: true, canceled: false },
      { watchId: 7n, created: true, canceled: false },
      { watchId: 1n, created: true, canceled: false },
    ]);
  });

  it.each([
    ['a number twice', { watchId: 7n }, 'mvcc: duplicate watch ID provided on the WatchStream'],
    ['an empty range', { key: Buffer.from('b'), rangeEnd: Buffer.from('a') }, 'mvcc: watcher range is empty'],
    ['a revision below 0', { startRevision: -1n }, 'etcdserver: mvcc: required revision has been compacted'],
  ])('refuse %s, and go on', async (_name, asked, cancelReason) => {
    client.create({ watchId: 7n });
    await client.next();
    client.create(asked);
    expect(await client.next()).toMatchObject({ watchId: -1n, created: true, canceled: true, cancelReason });
    await put(ours.store, 'w');
    expect(await client.next()).toMatchObject({ watchId: 7n, events: [{}] });
  });

  it('end one by one: what is cancelled tells nothing more', async () => {
    client.create();
    client.create();
    await client.next();
    await client.next();
    client.cancel(0n);
    expect(await client.next()).toMatchObject({ watchId: 0n, canceled: true, cancelReason: '' });
    await put(ours.store, 'w');
    expect(await client.next()).toMatchObject({ watchId: 1n, events: [{ kv: { version: 1n } }] });
    client.cancel(99n);
    client.progress();
    expect(await client.next()).toMatchObject({ watchId: -1n, events: [] });
  });

  it('tell how far the stream is, once all of it is told', async () => {
    client.create();
    await client.next();
    for (let index = 0; index < 5; index += 1) await put(ours.store, 'w');
    client.progress();
    const told: bigint[] = [];
    let answer = await client.next();
    for (; answer.watchId !== -1n; answer = await client.next()) {
      told.push(...answer.events.map(({ kv }) => kv?.modRevision ?? 0n));
    }
    expect(told).toEqual([2n, 3n, 4n, 5n, 6n]);
    expect(answer.header?.revision).toBe(6n);
  });

  it('filter, and show what was before', async () => {
    client.create({ filters: [0], prevKv: true });
    client.create({ filters: [1] });
    await client.next();
    await client.next();
    await put(ours.store, 'w', 'old');
    expect(await client.next()).toMatchObject({ watchId: 1n, events: [{ type: 0 }] });
    await ours.store.txn({
      principal,
      success: [{ kind: 'delete', keyspace: 'user', keys: { kind: 'one', key: keyOf('w') } }],
    });
    const gone = await client.next();
    expect(gone).toMatchObject({ watchId: 0n, events: [{ type: 1, kv: { modRevision: 3n, version: 0n } }] });
    expect(gone.events[0]?.prevKv?.value.toString()).toBe('old');
  });

  it('say at which revision history begins, to who begins before it', async () => {
    for (let index = 0; index < 5; index += 1) await put(ours.store, 'w');
    const { revision } = await ours.store.status();
    await ours.store.compact({ principal, keyspace: 'user', revision });
    client.create({ startRevision: 2n });
    expect(await client.next()).toMatchObject({ watchId: 0n, created: true, canceled: false });
    expect(await client.next()).toMatchObject({ watchId: 0n, canceled: true, compactRevision: BigInt(revision) });
  });

  it('cut what is large into fragments, for who asks', async () => {
    const value = Buffer.alloc(700_000);
    const success = [0, 1].map((index) => ({
      kind: 'put' as const,
      keyspace: 'user' as const,
      key: keyOf(`w${index}`),
      value,
    }));
    client.create({ fragment: true, prevKv: true });
    await client.next();
    await ours.store.txn({ principal, success });
    expect(await client.next()).toMatchObject({ fragment: false, events: [{}, {}] });
    await ours.store.txn({ principal, success });
    const parts = [await client.next(), await client.next()];
    expect(parts.map(({ fragment, events }) => [fragment, events.length])).toEqual([
      [true, 1],
      [false, 1],
    ]);
  });
});
