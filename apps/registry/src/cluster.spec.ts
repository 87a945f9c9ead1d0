import type { Principal } from '@portolan/kernel';
import { killTheLeader } from './testing/kill-the-leader.ts';
import { RegistryCluster } from './testing/registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'test' };

describe('three registries', () => {
  let cluster: RegistryCluster;
  beforeAll(async () => {
    cluster = await RegistryCluster.start(3);
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it('are one store: what is written at any is read at any', async () => {
    for (const seat of cluster.seats) await cluster.put(seat, seat.name, `by ${seat.name}`);
    for (const reader of cluster.seats) {
      for (const { name } of cluster.seats) expect(await cluster.get(reader, name)).toBe(`by ${name}`);
    }
    const statuses = await Promise.all(cluster.seats.map((seat) => cluster.at(seat, (store) => store.status())));
    expect(new Set(statuses.map(({ incarnation, clusterId }) => `${incarnation} ${clusterId}`)).size).toBe(1);
    expect(new Set(statuses.map(({ memberId }) => memberId)).size).toBe(3);
  });

  it('keep leases alive at each of them, and know how long they live', async () => {
    const lease = await cluster.at(cluster.seat(1), (store) => store.grantLease({ principal, ttlSeconds: 60 }));
    for (const seat of cluster.seats) {
      expect(await cluster.at(seat, (store) => store.keepAlive({ principal, id: lease.id }))).toMatchObject({
        ttlSeconds: 60,
      });
      const { lease: found } = await cluster.at(seat, (store) => store.timeToLive({ principal, id: lease.id }));
      expect(found).toMatchObject({ id: lease.id, grantedSeconds: 60 });
    }
    await cluster.at(cluster.seat(2), (store) => store.revokeLease({ principal, id: lease.id }));
    await expect(
      cluster.at(cluster.seat(3), (store) => store.keepAlive({ principal, id: lease.id })),
    ).rejects.toMatchObject({
      code: 'KV_LEASE_NOT_FOUND',
    });
  });

  it('are linearizable while their leader is killed, and take it back', async () => {
    const { acknowledgedWrites, newLeaderMs } = await killTheLeader(cluster, 3);
    expect(newLeaderMs).toHaveLength(3);
    expect(acknowledgedWrites).toBeGreaterThan(6);
  }, 120_000);

  it('have everything again after all were killed at once', async () => {
    await cluster.put(cluster.seat(1), 'last', 'word');
    await Promise.all(cluster.running.map((seat) => cluster.kill(seat)));
    await Promise.all(cluster.seats.map((seat) => cluster.run(seat)));
    for (const seat of cluster.seats) expect(await cluster.get(seat, 'last')).toBe('word');
  }, 60_000);
});
