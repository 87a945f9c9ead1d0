import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import { ClusterServiceService } from '@portolan/contracts/cluster';
import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import { describeWithEtcd } from '@portolan/etcd-store/testing';
import type { Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, keyToText } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect, createClient, RpcError, type Client, type Connection } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { startRegistry } from './testing/registry-process.ts';

const GUARD_MS = 60_000;
const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'portolan-registry-'));
const principal: Principal = { kind: 'service', name: 'test' };
const call = (grpc: string): Connection => connect(grpc, { principal });

/** Every service with its healthy instances. */
async function services(catalog: Client<typeof CatalogServiceService>): Promise<Record<string, number>> {
  const { list } = await catalog.listServices({ revision: 0n });
  return Object.fromEntries((list?.services ?? []).map(({ name, healthy }) => [name, healthy]));
}

describeWithEtcd('a registry on an etcd', (running) => {
  const start = async (prefix: string): Promise<Awaited<ReturnType<typeof startRegistry>>> =>
    startRegistry(await emptyFolder(), '--store', `etcd://${running().endpoints.join(',')}/${prefix}`);
  const web = { service: 'web', id: 'a', tags: [], metadata: {}, weight: 0, node: '', address: '10.0.0.1' };
  const registration = { ...web, ports: [{ name: 'grpc', number: 5_000 }] };

  /** As a client does that means it: what went down with the etcd may have to be said again. */
  const registeredAtLast = async (catalog: Client<typeof CatalogServiceService>): Promise<void> => {
    for (;;) {
      try {
        await catalog.register({ registration, checks: [] });
        return;
      } catch (error) {
        if (!(error instanceof RpcError) || error.kind !== 'unavailable') throw error;
      }
    }
  };

  it(
    'keeps nothing itself: what one registers another resolves, and a third one after all of them ended',
    async () => {
      await using one = await start('one/');
      await using other = await start('one/');
      await using toOne = call(one.grpc);
      await using toOther = call(other.grpc);
      const catalog = createClient(CatalogServiceService, toOne);
      await catalog.register({ registration, checks: [] });
      expect(await services(createClient(CatalogServiceService, toOther))).toEqual({ registry: 2, web: 1 });
      expect((await fetch(`${one.ops}/readyz`)).status).toBe(200);
      const metrics = await (await fetch(`${one.ops}/metrics`)).text();
      expect(metrics).toMatch(/registry_catalog_instances\{.*state="healthy".*\} 3\n/);
      expect(metrics).not.toMatch(/registry_raft_/);
      expect(await one.end('SIGTERM')).toBe(0);
      expect(await other.end('SIGTERM')).toBe(0);
      await using third = await start('one/');
      await using toThird = call(third.grpc);
      expect(await services(createClient(CatalogServiceService, toThird))).toEqual({ registry: 1, web: 1 });
    },
    GUARD_MS,
  );

  it(
    'shows the keys of that etcd as its own, and none of the catalog',
    async () => {
      await using registry = await start('');
      await using connection = call(registry.grpc);
      await using store = createKvClient(connection, { clock, rng });
      const put = { kind: 'put', keyspace: 'user', key: keyOf('/from/portolan'), value: Buffer.from('1') } as const;
      await store.txn({ principal, success: [put] });
      const etcdctl = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
        promisify(execFile)('etcdctl', ['--endpoints', running().endpoints.join(','), ...args], {
          env: { ...process.env, ETCDCTL_API: '3' },
        });
      await etcdctl('put', '/from/etcdctl', '2');
      expect((await etcdctl('get', '--print-value-only', '/from/portolan')).stdout).toBe('1\n');
      const all = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('/')) } as const;
      const { keyValues } = await store.range(all);
      expect(keyValues.map(({ key }) => keyToText(key))).toEqual(['/from/etcdctl', '/from/portolan']);
      const { count } = await store.range({ ...all, keys: keysWithPrefix(keyOf('\0')) });
      expect(count).toBe(0);
    },
    GUARD_MS,
  );

  it(
    'says that the members are elsewhere, and goes on when the etcd is killed and back',
    async () => {
      await using registry = await start('two/');
      await using connection = call(registry.grpc);
      const elsewhere = { code: 'REGISTRY_CLUSTER_ELSEWHERE', kind: 'unimplemented' };
      const members = createClient(ClusterServiceService, connection).listMembers({ serializable: false });
      await expect(members).rejects.toMatchObject(elsewhere);
      const alarms = createClient(StoreAdminServiceService, connection).listAlarms({});
      await expect(alarms).rejects.toMatchObject(elsewhere);
      const catalog = createClient(CatalogServiceService, connection);
      await running().kill();
      const registering = registeredAtLast(catalog);
      await running().restart();
      await registering;
      expect(await services(catalog)).toEqual({ registry: 1, web: 1 });
    },
    GUARD_MS,
  );

  it(
    'refuses to be on an etcd and in a cluster of its own',
    async () => {
      const folder = await emptyFolder();
      const both = startRegistry(folder, '--store', 'etcd://127.0.0.1:1', '--peers', '127.0.0.1:2');
      await expect(both).rejects.toThrow(/--store and --peers contradict each other/);
      expect(await readdir(folder)).toEqual([]);
    },
    GUARD_MS,
  );
});
