import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogServiceService, type WatchResponse } from '@portolan/contracts/catalog';
import { connectDiscovery, type Discovery } from '@portolan/discovery';
import { describeWithPeers, etcdctl, type CtlResult } from '@portolan/etcd-dialect/testing';
import { assert, type Principal } from '@portolan/kernel';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { OpenStream } from '@portolan/native-dialect/testing';
import { connect, createClient, type Client } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { startRegistry, type RegistryProcess } from './testing/registry-process.ts';

const principal: Principal = { kind: 'service', name: 'web' };
/** Sees all leases, as only parts of Portolan do. */
const system: Principal = { kind: 'system', name: 'test' };
const telemetry = createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock });
const never = new AbortController().signal;
const QUERY = { service: 'web', portName: '', tags: [], metadata: {}, includeUnhealthy: true };
const WEB = { service: 'web', address: '10.0.0.1', ports: { grpc: 5_000 } };

/** Keys of users that look like those of services. */
const LOOKALIKES = ['instances/web/a', '/instances/web/a', 'catalog/instances/web/a', '\u0001instances/web/a'];

afterAll(() => telemetry[Symbol.asyncDispose]());

describeWithPeers(['etcdctl'], "services beside etcd's clients", () => {
  let folder: string;
  let registry: RegistryProcess;
  let open: AsyncDisposableStack;
  let catalog: Client<typeof CatalogServiceService>;
  let store: KvClient;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-registry-etcd-'));
    open = new AsyncDisposableStack();
    registry = open.use(await startRegistry(folder, '--etcd-port', '0'));
    catalog = createClient(CatalogServiceService, open.use(connect(registry.grpc, { principal })));
    store = open.use(createKvClient(open.use(connect(registry.grpc, { principal: system })), { clock, rng }));
  });
  afterEach(async () => {
    await open[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const discover = (): Discovery =>
    open.use(
      connectDiscovery({ registry: [registry.grpc], clock, rng, logger: telemetry.logger('discovery'), principal }),
    );
  async function register(id: string): Promise<void> {
    await open.use(discover().register({ ...WEB, id })).whenRegistered(never);
  }
  async function ctl(...args: readonly string[]): Promise<CtlResult> {
    assert(registry.etcd !== undefined, 'a registry answers etcd, unless it is told not to');
    const result = await etcdctl(registry.etcd, args);
    expect({ args, code: result.code, error: result.error }).toEqual({ args, code: 0, error: '' });
    return result;
  }
  async function instancesAt(revision: bigint): Promise<string[]> {
    const { resolution } = await catalog.resolve({ query: QUERY, revision, explain: false, serializable: false });
    return idsOf(resolution?.instances);
  }

  /** What a client of etcd may do to all it sees. @returns how many keys it deleted */
  async function havoc(): Promise<string> {
    for (const key of LOOKALIKES) await ctl('put', key, 'x');
    const deleted = await ctl('del', '', '--prefix');
    const { revision } = await store.status();
    await ctl('compact', String(revision - 1));
    await ctl('compact', String(revision), '--physical');
    await ctl('defrag');
    return deleted.stdout;
  }

  it('keep their watches, which hear nothing of it, and their history', async () => {
    await using watching = new Told(discover());
    using raw = new OpenStream(catalog.watch.bind(catalog));
    raw.send({ request: { $case: 'subscribe', value: { id: 1n, subject: { $case: 'query', value: QUERY } } } });
    expect([await watching.next(), idsIn(await raw.next())]).toEqual([[], []]);
    const { revision: empty } = await store.status();
    await register('a');
    expect([await watching.next(), idsIn(await raw.next())]).toEqual([['a'], ['a']]);
    const { revision: before } = await store.status();

    expect(await havoc()).toBe(`${LOOKALIKES.length}\n`);
    expect(await havoc()).toBe(`${LOOKALIKES.length}\n`);
    const later = (await store.status()).revision;
    await register('b');

    // The next that either hears of is the next that happened.
    expect([await watching.next(), idsIn(await raw.next())]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(await Promise.all([empty, before, later, 0].map((at) => instancesAt(BigInt(at))))).toEqual([
      [],
      ['a'],
      ['a'],
      ['a', 'b'],
    ]);
  });

  it('keep their leases, which are not listed and not ended', async () => {
    await register('a');
    const { stdout: granted } = await ctl('lease', 'grant', '600');
    const { ids } = await store.leases({ principal: system });
    const own = ids.map((id) => id.toString(16)).filter((id) => !granted.includes(id));
    expect(own.length).toBeGreaterThan(0);
    const { stdout: listed } = await ctl('lease', 'list');
    expect(listed).toMatch(/^found 1 leases\n/);
    for (const id of own) {
      expect(listed).not.toContain(id);
      const { code, error } = await etcdctl(registry.etcd ?? '', ['lease', 'revoke', id]);
      expect([code, error]).toEqual([1, expect.stringContaining('etcdserver: permission denied')]);
    }
    expect((await store.leases({ principal: system })).ids).toEqual(ids);
    expect(await instancesAt(0n)).toEqual(['a']);
  });
});

type Instances = readonly { readonly registration: { readonly id: string } | undefined }[] | undefined;

function idsOf(instances: Instances): string[] {
  return (instances ?? []).map(({ registration }) => registration?.id ?? '').toSorted();
}

/** Of an answer of a raw watch, which has not ended. */
function idsIn(answer: WatchResponse | undefined): string[] {
  assert(answer?.update?.$case === 'resolution', 'a subscription is answered with what it selects');
  return idsOf(answer.update.value.instances);
}

/** What a client is told of `web`. */
class Told implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #iterator: AsyncIterator<{ readonly endpoints: readonly { readonly id: string }[] }>;

  constructor(discovery: Discovery) {
    this.#iterator = discovery.watch({ service: 'web' }, this.#abort.signal)[Symbol.asyncIterator]();
  }

  async next(): Promise<string[]> {
    const next = await this.#iterator.next();
    if (next.done === true) throw new Error('the watch has ended');
    return next.value.endpoints.map(({ id }) => id).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#iterator.return?.();
  }
}
