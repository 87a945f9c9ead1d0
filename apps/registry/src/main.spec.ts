import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import { HealthCheckResponse_ServingStatus, HealthService } from '@portolan/contracts/health';
import { connect, createClient } from '@portolan/rpc';
import { startRegistry } from './testing/registry-process.ts';

const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'portolan-registry-'));

describe('the registry process', () => {
  it('answers as soon as it says it is ready, shows its state, and ends with 0 when it is told to', async () => {
    await using registry = await startRegistry(await emptyFolder());
    await using connection = connect(registry.grpc, { principal: { kind: 'service', name: 'test' } });
    const health = createClient(HealthService, connection);
    expect(await health.check({ service: '' })).toEqual({ status: HealthCheckResponse_ServingStatus.SERVING });
    const catalog = createClient(CatalogServiceService, connection);
    const address = { node: '', address: '10.0.0.1', ports: [{ name: 'grpc', number: 5_000 }] };
    const registration = { service: 'web', id: 'a', tags: [], metadata: {}, weight: 0, ...address };
    await catalog.register({ registration, checks: [] });
    const { list } = await catalog.listServices({ revision: 0n });
    expect(list?.services).toMatchObject([
      { name: 'registry', healthy: 1, portNames: ['etcd', 'grpc', 'ops'] },
      { name: 'web', healthy: 1 },
    ]);
    expect((await fetch(`${registry.ops}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${registry.ops}/metrics`)).text();
    expect(metrics).toMatch(/registry_kv_revision\{.*\} [3-9]\n/);
    expect(metrics).toMatch(/registry_catalog_instances\{.*state="healthy".*\} 2\n/);
    expect(metrics).toMatch(/registry_kv_keys\{.*keyspace="catalog".*\} 3\n/);
    expect(metrics).toMatch(/registry_raft_is_leader\{.*\} 1\n/);
    expect(metrics).toMatch(/registry_raft_voters\{.*\} 1\n/);
    expect(metrics).toMatch(/registry_sessions\{.*\} 0\n/);
    expect(await registry.end('SIGTERM')).toBe(0);
  });

  it('ends although a watch is open', async () => {
    await using registry = await startRegistry(await emptyFolder());
    await using connection = connect(registry.grpc);
    const catalog = createClient(CatalogServiceService, connection);
    const { promise: never } = Promise.withResolvers<undefined>();
    const answers = catalog.watch(
      (async function* () {
        yield {
          request: { $case: 'subscribe', value: { id: 1n, subject: { $case: 'services', value: {} } } },
        } as const;
        await never;
      })(),
    );
    const reading = answers[Symbol.asyncIterator]();
    await reading.next();
    const untilItEnds = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    const [end, code] = await Promise.allSettled([untilItEnds(), registry.end('SIGTERM')]);
    expect(end).toMatchObject({ status: 'rejected', reason: { code: 'REGISTRY_DRAINING' } });
    expect(code).toMatchObject({ value: 0 });
  });

  it('is the same member after a restart, with the same history', async () => {
    const folder = await emptyFolder();
    const seen: { instance: string | undefined; incarnation: string | undefined }[] = [];
    for (let run = 0; run < 2; run += 1) {
      await using registry = await startRegistry(folder);
      await using connection = connect(registry.grpc);
      let instance: string | undefined;
      const onHeaders = (get: (name: string) => string | undefined): void => {
        instance = get('portolan-instance');
      };
      const { list } = await createClient(CatalogServiceService, connection).listServices(
        { revision: 0n },
        { onHeaders },
      );
      seen.push({ instance, incarnation: list?.incarnation });
    }
    expect(seen[0]?.instance).toMatch(/^registry-[0-9a-f]{8}$/);
    expect(seen[1]?.instance).toBe(seen[0]?.instance);
    expect(seen[1]?.incarnation).toBe(seen[0]?.incarnation);
    expect(JSON.parse(await readFile(join(folder, 'member.json'), 'utf8'))).toMatchObject({
      formatVersion: 2,
      name: seen[0]?.instance,
    });
  });

  it('has everything again after it was killed: keys, and who is registered by an operator', async () => {
    const folder = await emptyFolder();
    const address = { node: '', address: '10.0.0.1', ports: [{ name: 'grpc', number: 5_000 }] };
    const registration = { service: 'web', id: 'a', tags: [], metadata: {}, weight: 0, ...address };
    {
      await using registry = await startRegistry(folder);
      await using connection = connect(registry.grpc, { principal: { kind: 'service', name: 'test' } });
      await createClient(CatalogServiceService, connection).register({ registration, checks: [] });
      await registry.end('SIGKILL');
    }
    await using registry = await startRegistry(folder);
    await using connection = connect(registry.grpc);
    const { list } = await createClient(CatalogServiceService, connection).listServices({ revision: 0n });
    expect(list?.services).toMatchObject([
      { name: 'registry', healthy: 1 },
      { name: 'web', healthy: 1 },
    ]);
  });

  it('refuses a folder that another process has, and names that process', async () => {
    const folder = await emptyFolder();
    await using registry = await startRegistry(folder);
    await expect(startRegistry(folder)).rejects.toThrow(
      new RegExp(`CLUSTER_MEMBER_RUNS.*process ${registry.pid}`, 's'),
    );
  });

  it('says what to do about a port in use, a folder it cannot use, and a damaged one', async () => {
    const folder = await emptyFolder();
    await using first = await startRegistry(folder);
    const port = first.grpc.split(':')[1] ?? '';
    await expect(startRegistry(await emptyFolder(), '--port', port)).rejects.toThrow(/RPC_BIND_FAILED/);
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expect(startRegistry(file)).rejects.toThrow(/REGISTRY_DATA_DIR.*--data-dir/s);
    const damaged = await emptyFolder();
    await writeFile(join(damaged, 'member.json'), '{}');
    await expect(startRegistry(damaged)).rejects.toThrow(/member\.json is not one of this version/);
  });
});
