import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import {
  checkHostClaim,
  checkNodeName,
  checkQuery,
  createCatalog,
  type HostSession,
  type HostView,
  type InstanceName,
  type NodeName,
} from '@portolan/catalog';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation } from '@portolan/kv';
import fc from 'fast-check';
import { checkDefinition } from '../input/check-definition.ts';
import type { LocalHost } from '../local-host.ts';
import { HostUnderTest, registration } from '../testing/host-under-test.ts';
import { Convergence } from './convergence.ts';
import type { HostCatalogSession, HostUpstream } from './upstream.ts';

const SERVICE: Principal = { kind: 'service', name: 'agent' };
const OPERATOR: Principal = { kind: 'operator', name: 'ada' };
const NODE: NodeName = checkNodeName('host-1', 'node');
const ttl = checkDefinition({ kind: 'ttl', id: 'alive', ttlMs: 0, initialStatus: 'passing' });

/** A host, a real catalog, and a line between them that a test can cut. */
class World implements AsyncDisposable, HostUpstream {
  readonly host: HostUnderTest = new HostUnderTest();
  readonly store = createEmbeddedStore({
    clock: this.host.clock,
    rng: createSeededRng(2),
    incarnation: createIncarnation(createSeededRng(3)),
    autoCompaction: 'off',
  });
  readonly catalog = createCatalog({
    store: this.store,
    clock: this.host.clock,
    access: createAccess(DEVELOPMENT_POLICY),
  });
  session: HostCatalogSession | undefined;
  view: HostView | undefined;
  writes = 0;
  readonly #listeners = new Set<() => void>();
  #cut = new AbortController();

  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  async connect(): Promise<HostSession> {
    const node = { name: 'host-1', address: '10.0.0.1' };
    const claim = checkHostClaim({ node, agentId: 'agent-1', deregisterAfterSeconds: 60 });
    const session = await this.catalog.openHostSession({ principal: SERVICE, ttlSeconds: 60, claim });
    this.#cut = new AbortController();
    const over = this.#cut.signal;
    const counted = async (write: Promise<unknown>): Promise<void> => {
      this.writes += 1;
      await write;
    };
    this.session = {
      over,
      register: (one, checks) => counted(session.register(one, checks)),
      deregister: (name) => counted(session.deregister(name)),
      report: (name, check) => counted(session.reportCheck(name, check)),
      forgetEviction: (name) => counted(session.forgetEviction(name)),
    };
    void this.#follow(over);
    this.#tell();
    return session;
  }

  cut(): void {
    this.#cut.abort();
    this.session = undefined;
    this.view = undefined;
    this.#tell();
  }

  async has(): Promise<readonly string[]> {
    const { instances } = await this.catalog.resolve({
      principal: SERVICE,
      query: checkQuery({ service: 'web', includeUnhealthy: true }),
    });
    return instances.map(({ registration: { id, weight }, health }) => `${id} ${health} ${weight}`);
  }

  async settle(ms = 3_000): Promise<void> {
    await this.host.clock.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await this.catalog[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const view of this.catalog.watchHost({ principal: SERVICE, node: NODE }, signal)) {
      this.view = view;
      this.#tell();
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const converge = (world: World, host: LocalHost): Convergence =>
  new Convergence({ host, upstream: world, node: NODE, clock: world.host.clock, logger: world.host.logger });

describe('anti-entropy', () => {
  it('makes the registry have what the host has, then writes nothing more', async () => {
    await using world = new World();
    await using host = await world.host.open();
    await using convergence = converge(world, host);
    await host.register(registration('a'), [ttl]);
    await world.settle();
    expect(convergence.converged).toBe(false);
    await world.connect();
    await world.settle();
    expect(await world.has()).toEqual(['a passing 100']);
    expect(convergence.converged).toBe(true);
    host.report('alive', 'critical', 'no');
    await world.settle();
    expect(await world.has()).toEqual(['a critical 100']);
    const { writes } = world;
    await world.settle(30_000);
    expect(world.writes).toBe(writes);
    await host.deregister('a');
    await world.settle();
    expect(await world.has()).toEqual([]);
  });

  it('removes from the registry what the host does not have', async () => {
    await using world = new World();
    const session = await world.connect();
    await session.register(registration('left-over'), []);
    await using host = await world.host.open();
    await using convergence = converge(world, host);
    await world.settle();
    expect(await world.has()).toEqual([]);
    expect(convergence.converged).toBe(true);
  });

  it('lets an operator win, for good', async () => {
    await using world = new World();
    await using host = await world.host.open();
    await using convergence = converge(world, host);
    await world.connect();
    await host.register(registration('a'), []);
    await world.settle();
    const a: InstanceName = { service: registration('a').service, instanceId: registration('a').id };
    world.cut();
    await world.catalog.deregister({ principal: OPERATOR, ...a });
    await world.settle();
    await world.connect();
    await world.settle(10_000);
    expect(await world.has()).toEqual([]);
    expect(host.services()).toEqual([]);
    expect(world.host.store.written.services).toEqual([]);
    expect(world.view?.evictions).toEqual([]);
    expect(convergence.converged).toBe(true);
    // A new registration is a new will.
    await host.register(registration('a'), []);
    await world.settle();
    expect(await world.has()).toEqual(['a passing 100']);
  });

  it('keeps trying what the registry does not take, and says why', async () => {
    await using world = new World();
    const other = await world.catalog.openSession({ principal: SERVICE, ttlSeconds: 60 });
    await other.register(registration('a'), []);
    await using host = await world.host.open();
    await using convergence = converge(world, host);
    await world.connect();
    await host.register(registration('a'), []);
    await host.register(registration('b'), []);
    await world.settle();
    expect(await world.has()).toEqual(['a passing 100', 'b passing 100']);
    expect(convergence.refusal({ service: registration('a').service, instanceId: registration('a').id })).toMatch(
      /belongs to lease/,
    );
    const before = world.writes;
    await world.settle(30_000);
    expect(world.writes - before).toBeLessThan(10);
    await other.close();
    await world.settle(10_000);
    expect(convergence.converged).toBe(true);
    expect(world.view?.instances).toHaveLength(2);
  });

  it('ends where it should after any history of changes, cuts and restarts', async () => {
    const ids = ['a', 'b', 'c'] as const;
    const event = fc.oneof(
      fc.record({
        kind: fc.constant('register' as const),
        id: fc.constantFrom(...ids),
        weight: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ kind: fc.constant('deregister' as const), id: fc.constantFrom(...ids) }),
      fc.record({ kind: fc.constant('report' as const), id: fc.constantFrom(...ids), ok: fc.boolean() }),
      fc.constant({ kind: 'cut' as const }),
      fc.constant({ kind: 'connect' as const }),
      fc.record({ kind: fc.constant('settle' as const), ms: fc.nat({ max: 1_500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        await using world = new World();
        await using host = await world.host.open();
        await using convergence = converge(world, host);
        for (const one of events) {
          const known = 'id' in one && host.services().some(({ registration: { id } }) => id === one.id);
          if (one.kind === 'register') await host.register(registration(one.id, { weight: one.weight }), [ttl]);
          else if (one.kind === 'deregister' && known) await host.deregister(one.id);
          else if (one.kind === 'report' && known) host.report('alive', one.ok ? 'passing' : 'critical', '', one.id);
          else if (one.kind === 'cut') world.cut();
          else if (one.kind === 'connect') {
            world.cut();
            await world.connect();
          } else if (one.kind === 'settle') await world.settle(one.ms);
        }
        world.cut();
        await world.connect();
        await world.settle(10_000);
        const wanted = host
          .desired()
          .map(({ registration: { id, weight }, checks }) => `${id} ${checks[0]?.status ?? ''} ${weight}`);
        expect(await world.has()).toEqual([...wanted].sort());
        expect(convergence.converged).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
