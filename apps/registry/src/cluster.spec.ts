import { keyOf, oneKey, type KvStore } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import type { Principal } from '@portolan/kernel';
import { connect } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'test' };

/** What `use` does with the store of one member. */
async function at<Result>(seat: Seat, use: (store: KvStore) => Promise<Result>): Promise<Result> {
  await using connection = connect(seat.address, { principal });
  await using store = createKvClient(connection, { clock, rng, timeoutMs: 20_000 });
  return await use(store);
}

const put = (seat: Seat, key: string, value: string): Promise<unknown> =>
  at(seat, (store) =>
    store.txn({
      principal,
      success: [{ kind: 'put', keyspace: 'user', key: keyOf(key), value: Buffer.from(value) }],
    }),
  );

const get = (seat: Seat, key: string): Promise<string | undefined> =>
  at(seat, async (store) => {
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf(key)) });
    const [found] = keyValues;
    return found === undefined ? undefined : Buffer.from(found.value).toString();
  });

describe('three registries', () => {
  let cluster: RegistryCluster;
  beforeAll(async () => {
    cluster = await RegistryCluster.start(3);
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it('are one store: what is written at any is read at any', async () => {
    for (const seat of cluster.seats) await put(seat, seat.name, `by ${seat.name}`);
    for (const reader of cluster.seats) {
      for (const { name } of cluster.seats) expect(await get(reader, name)).toBe(`by ${name}`);
    }
    const statuses = await Promise.all(cluster.seats.map((seat) => at(seat, (store) => store.status())));
    expect(new Set(statuses.map(({ incarnation, clusterId }) => `${incarnation} ${clusterId}`)).size).toBe(1);
    expect(new Set(statuses.map(({ memberId }) => memberId)).size).toBe(3);
  });

  it('keep leases alive at each of them, and know how long they live', async () => {
    const lease = await at(cluster.seat(1), (store) => store.grantLease({ principal, ttlSeconds: 60 }));
    for (const seat of cluster.seats) {
      expect(await at(seat, (store) => store.keepAlive({ principal, id: lease.id }))).toMatchObject({ ttlSeconds: 60 });
      const { lease: found } = await at(seat, (store) => store.timeToLive({ principal, id: lease.id }));
      expect(found).toMatchObject({ id: lease.id, grantedSeconds: 60 });
    }
    await at(cluster.seat(2), (store) => store.revokeLease({ principal, id: lease.id }));
    await expect(at(cluster.seat(3), (store) => store.keepAlive({ principal, id: lease.id }))).rejects.toMatchObject({
      code: 'KV_LEASE_NOT_FOUND',
    });
  });

  it('go on without their leader, and take it back', async () => {
    for (let round = 0; round < 2; round += 1) {
      const leader = await cluster.leader();
      await cluster.kill(leader);
      const [other] = cluster.running;
      if (other === undefined) throw new Error('two are left');
      await put(other, 'round', String(round));
      await cluster.run(leader);
      expect(await get(leader, 'round')).toBe(String(round));
    }
  }, 60_000);

  it('have everything again after all were killed at once', async () => {
    await put(cluster.seat(1), 'last', 'word');
    await Promise.all(cluster.running.map((seat) => cluster.kill(seat)));
    await Promise.all(cluster.seats.map((seat) => cluster.run(seat)));
    for (const seat of cluster.seats) expect(await get(seat, 'last')).toBe('word');
  }, 60_000);
});
