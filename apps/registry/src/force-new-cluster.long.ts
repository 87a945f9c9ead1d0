import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, revision, type StoreStatus } from '@portolan/kv';
import { refusalOf } from './testing/refusal-of-start.ts';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'test' };
const PATIENCE_MS = 30_000;
const all = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) } as const;

/** Of a process that is not ready, and is not to become so. */
async function killBy(pidFile: string): Promise<void> {
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
}

async function untilPrinted(printed: () => string, text: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!printed().includes(text)) {
    if (Date.now() > until) throw new Error(`${text} is not printed after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('--force-new-cluster, when the majority is lost', () => {
  let cluster: RegistryCluster;
  let survivor: Seat;
  let lost: readonly Seat[];
  let before: StoreStatus;
  let confirmation: string;
  beforeAll(async () => {
    cluster = await RegistryCluster.start(3);
    const [first, ...others] = cluster.seats;
    if (first === undefined) throw new Error('there are three');
    [survivor, lost] = [first, others];
    const { id } = await cluster.at(survivor, (store) => store.grantLease({ principal, ttlSeconds: 600 }));
    for (const [name, lease] of [['bound', id] as const, ['free', undefined] as const]) {
      const put = { kind: 'put', keyspace: 'user', key: keyOf(name), value: Buffer.from(name) } as const;
      const success = [lease === undefined ? put : { ...put, lease }];
      await cluster.at(survivor, (store) => store.txn({ principal, success }));
    }
    before = await cluster.at(survivor, (store) => store.status());
    await cluster.kill(survivor, 'SIGTERM');
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it('is refused while the others have a leader', async () => {
    const printed = await refusalOf(cluster.run(survivor, '--force-new-cluster', 'really'));
    expect(printed).toContain('CLUSTER_HAS_LEADER');
    expect(printed).toMatch(/127\.0\.0\.1:\d+ answers, and knows [0-9a-f]+ to lead/);
  }, 60_000);

  it('is refused until what it costs is confirmed', async () => {
    await Promise.all(lost.map((seat) => cluster.kill(seat)));
    const printed = await refusalOf(cluster.run(survivor, '--force-new-cluster', 'really'));
    expect(printed).toContain('CLUSTER_FORCE_UNCONFIRMED');
    expect(printed).toMatch(/lost for ever is what the other 2 have committed beyond entry \d+/);
    expect(printed).toContain('portolan registry restore');
    confirmation = /"confirmation":"([0-9a-f]+@\d+\/\d+)"/.exec(printed)?.[1] ?? '';
    expect(confirmation).toContain(`${before.clusterId.toString(16)}@`);
    expect(await refusalOf(cluster.run(survivor, '--force-new-cluster', `${confirmation}9`))).toContain('UNCONFIRMED');
  }, 60_000);

  it('makes a new cluster of one, with keys and leases, whose watchers read again', async () => {
    await cluster.run(survivor, '--force-new-cluster', confirmation);
    const { keyValues, ...after } = await cluster.at(survivor, (store) => store.range(all));
    expect(keyValues.map(({ value, lease }) => [Buffer.from(value).toString(), lease !== undefined])).toEqual([
      ['bound', true],
      ['free', false],
    ]);
    expect(after.incarnation).not.toBe(before.incarnation);
    expect(after.revision).toBeGreaterThan(before.revision + 999_999_999);
    const status = await cluster.at(survivor, (store) => store.status());
    expect(status.clusterId).not.toBe(before.clusterId);
    const watching = cluster.at(survivor, async (store) => {
      const startRevision = revision(before.revision);
      for await (const batch of store.watch({ ...all, startRevision }, AbortSignal.timeout(PATIENCE_MS))) return batch;
      return undefined;
    });
    await expect(watching).rejects.toMatchObject({ code: 'KV_COMPACTED' });
  }, 60_000);

  it('does nothing more when the flag is left', async () => {
    await cluster.put(survivor, 'later', 'kept');
    const { clusterId } = await cluster.at(survivor, (store) => store.status());
    await cluster.kill(survivor);
    await cluster.run(survivor, '--force-new-cluster', confirmation);
    expect(await cluster.get(survivor, 'later')).toBe('kept');
    expect((await cluster.at(survivor, (store) => store.status())).clusterId).toBe(clusterId);
    expect(cluster.process(survivor).printed()).toContain('leave --force-new-cluster out');
  }, 60_000);

  it('refuses a member of before that comes back, which joins once it is emptied', async () => {
    const [old] = lost;
    if (old === undefined) throw new Error('two are lost');
    const back = refusalOf(cluster.run(old));
    await untilPrinted(() => cluster.process(survivor).printed(), 'RAFT_PEER_WRONG_CLUSTER');
    await killBy(join(old.folder, 'pid'));
    await back;
    await rm(old.folder, { recursive: true });
    await cluster.run(old, '--join', survivor.peerAddress);
    expect(await cluster.get(old, 'later')).toBe('kept');
  }, 60_000);
});
