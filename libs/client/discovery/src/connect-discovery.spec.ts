import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { createClient, implement, startRpcServer } from '@portolan/rpc';
import { VirtualClock } from '@portolan/virtual-world';
import { Registry } from 'prom-client';
import { EchoService } from './calling/testing/echo-service.ts';
import { connectDiscovery, type ConnectDiscoveryOptions } from './connect-discovery.ts';
import type { Discovery, ServiceEndpoints } from './discovery.ts';
import { HOLD_MS } from './known/known-items.ts';
import { DISK_PATIENCE_MS } from './known/known-part.ts';
import { IDLE_MS, QUESTIONS_MAX } from './known/known-table.ts';
import { recordedLog } from './testing/recorded-log.ts';
import { refusal, StandInRegistry } from './testing/stand-in-registry.ts';
import { until, untilAfter } from './testing/until.ts';

async function* nothing(): AsyncGenerator<string, void> {
  // Answers no stream.
}

const NEVER = new AbortController().signal;
const ids = ({ endpoints }: ServiceEndpoints): readonly string[] => endpoints.map(({ id }) => id);

interface Process extends AsyncDisposable {
  readonly discovery: Discovery;
  readonly clock: VirtualClock;
}

function start(registry: StandInRegistry | string, more: Partial<ConnectDiscoveryOptions> = {}): Process {
  const clock = new VirtualClock();
  const discovery = connectDiscovery({
    registry: [typeof registry === 'string' ? registry : registry.address],
    clock,
    rng: createSeededRng(1),
    logger: recordedLog().logger,
    principal: { kind: 'service', name: 'test' },
    ...more,
  });
  return { discovery, clock, [Symbol.asyncDispose]: () => discovery[Symbol.asyncDispose]() };
}

async function folder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'discovery-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('finding services', () => {
  it('resolves what another process registered, as the README says', async () => {
    await using registry = await StandInRegistry.start();
    await using products = start(registry);
    const ports = { grpc: 5_000, ops: 6_000 };
    const registration = products.discovery.register({ service: 'products', id: 'p-1', address: '127.0.0.1', ports });
    await registration.whenRegistered(NEVER);
    await using caller = start(registry);
    const { endpoints } = await caller.discovery.resolve({ service: 'products', portName: 'ops' }, NEVER);
    expect(endpoints).toEqual([
      { id: 'p-1', service: 'products', address: '127.0.0.1:6000', weight: 100, metadata: {} },
    ]);
    await registration.deregister();
    await until(() => registry.instances.length === 0);
  });

  it('calls what another process registered, as the README says', async () => {
    await using registry = await StandInRegistry.start();
    await using products = start(registry);
    await using server = await startRpcServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [implement(EchoService, { ask: async (text) => `${text}!`, list: nothing, talk: nothing })],
      logger: recordedLog().logger,
      drainMs: 0,
    });
    const ports = { grpc: server.port };
    products.discovery.register({ service: 'products', id: 'p-1', address: '127.0.0.1', ports });
    await until(() => registry.instances.length === 1);
    await using caller = start(registry);
    const client = createClient(EchoService, caller.discovery.channel('products'));
    expect(await client.ask('ahoy', { idempotent: true })).toBe('ahoy!');
    const endpoints = caller.discovery.endpoints('products');
    expect(endpoints.current().map(({ address }) => address)).toEqual([`127.0.0.1:${server.port}`]);
    expect(caller.discovery.endpoints('products')).toBe(endpoints);
    await caller.discovery[Symbol.asyncDispose]();
    await expect(client.ask('again')).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('watches: the whole answer now, and again at each change, until the signal aborts', async () => {
    await using registry = await StandInRegistry.start();
    registry.put('orders', '1', 5_001);
    await using process = start(registry);
    const over = new AbortController();
    const seen: string[] = [];
    for await (const answer of process.discovery.watch({ service: 'orders' }, over.signal)) {
      seen.push(ids(answer).join(' '));
      if (seen.length === 1) registry.put('orders', '2', 5_002, { address: '::1', weight: 7 });
      if (seen.length === 2) registry.remove('orders', '1');
      if (seen.length !== 3) continue;
      expect(answer.endpoints).toMatchObject([{ address: '[::1]:5002', weight: 7 }]);
      over.abort();
    }
    expect(seen).toEqual(['1', '1 2', '2']);
  });

  it('watches the list of services', async () => {
    await using registry = await StandInRegistry.start();
    registry.put('orders', '1', 5_001);
    await using process = start(registry);
    const seen: string[] = [];
    for await (const { services } of process.discovery.watchServices(NEVER)) {
      seen.push(services.map(({ name }) => name).join(' '));
      if (seen.length === 2) break;
      registry.put('reviews', '1', 5_002);
    }
    expect(seen).toEqual(['orders', 'orders reviews']);
  });

  it('asks each question once on one stream, whoever asks it, and takes it back when nobody has for a while', async () => {
    await using registry = await StandInRegistry.start();
    await using process = start(registry);
    for (let times = 0; times < 3; times += 1) await process.discovery.resolve({ service: 'orders' }, NEVER);
    expect(registry.watches).toHaveLength(1);
    await process.clock.advance(IDLE_MS);
    await until(() => registry.watches.length === 2);
    expect(registry.watches[1]?.request?.$case).toBe('unsubscribe');
  });

  it('tells a question that the registry never answers from one it does not answer now', async () => {
    await using registry = await StandInRegistry.start();
    registry.refuseWatch = (service) => (service === '-' ? refusal('invalid', 'no such name') : undefined);
    await using process = start(registry);
    await expect(process.discovery.resolve({ service: '-' }, NEVER)).rejects.toMatchObject({
      code: 'DISCOVERY_QUERY_REFUSED',
      kind: 'invalid',
    });
    registry.refuseWatch = () => refusal('exhausted', 'too many');
    const answer = process.discovery.resolve({ service: 'orders' }, NEVER);
    await until(() => registry.watches.length === 2);
    registry.refuseWatch = () => undefined;
    await untilAfter(process.clock, 1_000, () => registry.watches.length > 2);
    await expect(answer).resolves.toMatchObject({ endpoints: [] });
  });

  it('holds a bounded number of questions', async () => {
    await using registry = await StandInRegistry.start();
    await using process = start(registry);
    const gone = AbortSignal.abort(new Error('gone'));
    for (let number = 0; number < QUESTIONS_MAX; number += 1) {
      await process.discovery.resolve({ service: `s${number}` }, gone).catch(() => undefined);
    }
    await expect(process.discovery.resolve({ service: 'more' }, gone)).rejects.toMatchObject({
      code: 'DISCOVERY_TOO_MANY_QUERIES',
    });
  });

  it('ends with discovery', async () => {
    await using registry = await StandInRegistry.start();
    await registry.stop();
    const process = start(registry);
    const waiting = process.discovery.resolve({ service: 'orders' }, NEVER);
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: 'DISCOVERY_CLOSED' }),
      process[Symbol.asyncDispose](),
    ]);
    await expect(process.discovery.resolve({ service: 'orders' }, NEVER)).rejects.toMatchObject({
      code: 'DISCOVERY_CLOSED',
    });
    expect(process.clock.pending).toBe(0);
  });
});

describe('when the registry is away', () => {
  it('keeps the last answer, says how old it is, and holds it over a restart of the registry', async () => {
    await using registry = await StandInRegistry.start();
    registry.put('orders', '1', 5_001);
    await using process = start(registry);
    const { discovery, clock } = process;
    expect(discovery.staleness()).toEqual({ source: 'none', ageMs: 0 });
    await discovery.resolve({ service: 'orders' }, NEVER);
    expect(discovery.staleness()).toEqual({ source: 'live', ageMs: 0 });
    await registry.stop();
    await until(() => discovery.staleness().source === 'memory');
    await clock.advance(1_000);
    expect(discovery.staleness()).toEqual({ source: 'memory', ageMs: 1_000 });
    expect(ids(await discovery.resolve({ service: 'orders' }, NEVER))).toEqual(['1']);
    await using restarted = await StandInRegistry.start({ port: registry.port, incarnation: 'b' });
    await untilAfter(clock, 1_000, () => discovery.staleness().source === 'live');
    expect(restarted.instances).toEqual([]);
    expect(ids(await discovery.resolve({ service: 'orders' }, NEVER))).toEqual(['1']);
    await clock.advance(HOLD_MS);
    expect(ids(await discovery.resolve({ service: 'orders' }, NEVER))).toEqual([]);
  });

  it('starts from the disk, for services and for their list, and says how old that is', async () => {
    await using cache = await folder();
    await using registry = await StandInRegistry.start();
    registry.put('orders', '1', 5_001);
    const before = start(registry, { cacheDir: cache.path });
    await before.discovery.resolve({ service: 'orders' }, NEVER);
    await before.discovery.resolve({ service: 'orders', tags: ['narrowed'] }, NEVER);
    for await (const { services } of before.discovery.watchServices(NEVER)) if (services.length === 1) break;
    await before[Symbol.asyncDispose]();
    expect((await readdir(cache.path)).sort()).toEqual(['endpoints,orders,grpc.json', 'services.json']);
    await registry.stop();

    const clock = new VirtualClock(Date.UTC(2026, 0, 1) + 60_000);
    await using after = start(registry, { cacheDir: cache.path, clock });
    expect(ids(await after.discovery.resolve({ service: 'orders' }, NEVER))).toEqual(['1']);
    expect(after.discovery.staleness()).toEqual({ source: 'disk', ageMs: 60_000 });
    for await (const { services } of after.discovery.watchServices(NEVER)) {
      expect(services).toMatchObject([{ name: 'orders' }]);
      break;
    }
    await using back = await StandInRegistry.start({ port: registry.port, incarnation: 'b' });
    back.put('orders', '2', 5_002);
    await untilAfter(clock, 1_000, () => after.discovery.staleness().source === 'live');
    expect(ids(await after.discovery.resolve({ service: 'orders' }, NEVER))).toEqual(['2', '1']);
  });

  it('believes the disk, too, when the registry is there and does not answer for a while', async () => {
    await using cache = await folder();
    await using registry = await StandInRegistry.start();
    registry.put('orders', '1', 5_001);
    const before = start(registry, { cacheDir: cache.path });
    await before.discovery.resolve({ service: 'orders' }, NEVER);
    await before[Symbol.asyncDispose]();
    registry.refuseWatch = () => refusal('unavailable', 'not now');
    await using after = start(registry, { cacheDir: cache.path });
    const answer = after.discovery.resolve({ service: 'orders' }, NEVER);
    await until(() => registry.watches.length > 1);
    await after.clock.advance(DISK_PATIENCE_MS);
    expect(ids(await answer)).toEqual(['1']);
  });
});

describe('its metrics', () => {
  it('tell the age, the source, the connection and the registrations', async () => {
    await using registry = await StandInRegistry.start();
    const clock = new VirtualClock();
    const metrics = new Registry();
    await using process = start(registry, { clock, metrics });
    const { discovery } = process;
    const value = async (name: string): Promise<readonly string[]> =>
      (await metrics.metrics()).split('\n').filter((line) => line.startsWith(name));
    const registration = discovery.register({ service: 'a', id: '1', address: '127.0.0.1', ports: { grpc: 1 } });
    await registration.whenRegistered(NEVER);
    await discovery.resolve({ service: 'a' }, NEVER);
    expect(await value('discovery_source{source="live"')).toEqual(['discovery_source{source="live"} 1']);
    expect(await value('discovery_registrations')).toEqual([
      'discovery_registrations{state="wanted"} 1',
      'discovery_registrations{state="registered"} 1',
    ]);
    await registry.stop();
    await until(() => discovery.staleness().source === 'memory');
    await clock.advance(700);
    expect(await value('discovery_age_ms')).toEqual(['discovery_age_ms 700']);
    expect(await value('discovery_registry_connected')).toEqual(['discovery_registry_connected 0']);
    expect(await value('discovery_registry_reconnects_total')).toEqual(['discovery_registry_reconnects_total 0']);
  });
});
