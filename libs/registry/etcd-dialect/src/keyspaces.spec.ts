import { RangeRequest } from '@portolan/contracts/etcd/kv';
import { keyOf, keysFrom, leaseId, revision, type Keyspace } from '@portolan/kv';
import type { Principal } from '@portolan/kernel';
import { connectEtcd, outcomeOf, type EtcdClients } from './testing/etcd-clients.ts';
import { startOurEtcd, type OurEtcd } from './testing/our-etcd.ts';

const PORTOLAN: Principal = { kind: 'system', name: 'catalog' };
const ALL = { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) };

describe("what etcd's clients do leaves Portolan's own keys alone", () => {
  let ours: OurEtcd;
  let clients: EtcdClients;
  beforeEach(async () => {
    ours = await startOurEtcd({ autoCompaction: 'off' });
    clients = connectEtcd(ours.port);
    for (const keyspace of ['catalog', 'system'] as const) {
      for (const value of ['before', 'now']) await putOwn(keyspace, value);
    }
  });
  afterEach(async () => {
    clients[Symbol.dispose]();
    await ours[Symbol.asyncDispose]();
  });

  async function putOwn(keyspace: Keyspace, value: string, lease = leaseId(0n)): Promise<void> {
    const key = keyOf('instances/1');
    await ours.store.txn({
      principal: PORTOLAN,
      success: [{ kind: 'put', keyspace, key, value: Buffer.from(value), ...(lease !== 0n && { lease }) }],
    });
  }

  async function own(keyspace: Keyspace, at?: number): Promise<string[]> {
    const { keyValues } = await ours.store.range({
      principal: PORTOLAN,
      keyspace,
      keys: keysFrom(keyOf('')),
      ...(at !== undefined && { revision: revision(at) }),
    });
    return keyValues.map(({ value }) => Buffer.from(value).toString());
  }

  it('`del "" --prefix` deletes none of them', async () => {
    const { kv } = clients;
    await outcomeOf(kv, kv.put.bind(kv), {
      key: Buffer.from('instances/1'),
      value: Buffer.from('x'),
      lease: 0n,
      prevKv: false,
      ignoreValue: false,
      ignoreLease: false,
    });
    const deleted = await outcomeOf(kv, kv.deleteRange.bind(kv), { ...ALL, prevKv: true });
    expect(deleted).toMatchObject({ deleted: 1 });
    expect([await own('catalog'), await own('system')]).toEqual([['now'], ['now']]);
  });

  it('a compaction forgets nothing of their history', async () => {
    const { kv } = clients;
    const { revision: now } = await ours.store.status();
    const compacted = await outcomeOf(kv, kv.compact.bind(kv), { revision: BigInt(now), physical: true });
    expect(compacted).toEqual({ header: { revision: now } });
    expect(await own('catalog', 2)).toEqual(['before']);
    expect(await own('system', 4)).toEqual(['before']);
  });

  it('a lease of a service is not listed, and its end is refused', async () => {
    const { lease } = clients;
    const { id } = await ours.store.grantLease({ principal: PORTOLAN, ttlSeconds: 60 });
    await putOwn('catalog', 'leased', id);
    const granted = await outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 0n, TTL: 60n });
    const listed = await outcomeOf(lease, lease.leaseLeases.bind(lease), {});
    expect(granted).toMatchObject({ TTL: 60 });
    expect(listed).toMatchObject({ leases: [{}] });
    expect(await outcomeOf(lease, lease.leaseRevoke.bind(lease), { ID: id })).toEqual({
      code: 7,
      details: 'etcdserver: permission denied',
    });
    expect(await own('catalog')).toEqual(['leased']);
  });

  it('a read of everything shows none of them', async () => {
    const { kv } = clients;
    const request = RangeRequest.create(ALL);
    expect(await outcomeOf(kv, kv.range.bind(kv), request)).toMatchObject({ count: 0, kvs: [] });
  });
});
