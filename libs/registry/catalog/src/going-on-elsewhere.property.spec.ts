import fc from 'fast-check';
import { assert, createSeededRng } from '@portolan/kernel';
import type { WatchBatch } from '@portolan/kv';
import { NODE_CHECK, SESSION_CHECK, type Catalog, type CatalogSession } from './catalog.ts';
import { CATALOG_KEYS, changeOf } from './catalog-change.ts';
import { checkHostClaim } from './input/check-registration.ts';
import { BROKEN_GRACE_MS, HOST_GRACE_MS } from './limits.ts';
import { CATALOG_PRINCIPAL, KEYSPACE } from './store-access.ts';
import { CatalogUnderTest, collect, query, registration, SERVICE } from './testing/catalog-under-test.ts';
import { FarStore } from './testing/far-store.ts';

const RENEW_MS = 3_000;
/** Longer than a node takes to say at a far store that a stream broke; with it, all is over before the lease is. */
const SLOW_MS = 1_500;

/** One stream of a client, from its opening to the next one's. */
const aStream = (awayMsMax: number) =>
  fc.record({
    node: fc.nat({ max: 2 }),
    heldMs: fc.nat({ max: 5_000 }),
    /** How the node takes its end, and when it notices. */
    end: fc.constantFrom('broken' as const, 'broken' as const, 'leave' as const),
    noticedMs: fc.nat({ max: 2_500 }),
    /** Until the client opens another one. */
    awayMs: fc.nat({ max: awayMsMax }),
    registersAgain: fc.boolean(),
  });
type Stream = ReturnType<typeof aStream> extends fc.Arbitrary<infer S> ? S : never;

/** What a process and an agent do differently. Each may be away for longer than its grace. */
const CLIENTS = {
  process: {
    check: SESSION_CHECK,
    graceMs: BROKEN_GRACE_MS,
    stream: aStream(2_000),
    open: (at: Catalog, before: CatalogSession | undefined) =>
      at.openSession({ principal: SERVICE, ttlSeconds: 10, ...(before && { resumeLease: before.lease }) }),
  },
  agent: {
    check: NODE_CHECK,
    graceMs: HOST_GRACE_MS,
    stream: aStream(7_000),
    open: (at: Catalog) =>
      at.openHostSession({
        principal: SERVICE,
        ttlSeconds: 10,
        claim: checkHostClaim({
          node: { name: 'host-1', address: '10.0.0.1' },
          agentId: 'agent-1',
          deregisterAfterSeconds: 60,
        }),
      }),
  },
} as const;
type ClientKind = keyof typeof CLIENTS;

/** One client that goes from node to node. */
class Journey implements AsyncDisposable {
  readonly world = new CatalogUnderTest();
  readonly #kind: ClientKind;
  readonly #nodes: readonly Catalog[];
  readonly #history: ReturnType<typeof collect<WatchBatch>>;
  /** What was wrong, and when. */
  readonly #wrong: string[] = [];
  readonly #seen: string[] = [];
  #session: CatalogSession | undefined;
  #isHeld = false;

  constructor(kind: ClientKind, seed: number) {
    const { world } = this;
    this.#kind = kind;
    const rng = createSeededRng(seed);
    this.#nodes = [0, 1, 2].map(() => world.openCatalog(new FarStore(world.store, world.clock, rng)));
    const request = { principal: CATALOG_PRINCIPAL, keyspace: KEYSPACE, keys: CATALOG_KEYS } as const;
    this.#history = collect((signal) => this.#look(world.store.watch(request, signal)));
  }

  /** How often the check turned critical. */
  get criticals(): number {
    return this.#seen.filter((status) => status === 'critical').length;
  }

  get wrong(): readonly string[] {
    return this.#wrong;
  }

  async take({ node, heldMs, end, noticedMs, awayMs, registersAgain }: Stream): Promise<void> {
    const { clock } = this.world;
    const at = this.#nodes[node];
    assert(at !== undefined, 'each stream is at one of the nodes');
    const session = await this.#until(CLIENTS[this.#kind].open(at, this.#session));
    if (this.#session === undefined || registersAgain) await this.#until(session.register(registration('a'), []));
    else if (!session.resumed && this.#kind === 'process') this.#wrong.push('the lease has ended');
    this.#session = session;
    this.#isHeld = true;
    for (let leftMs = heldMs; leftMs > 0; leftMs -= RENEW_MS) {
      await clock.advance(Math.min(leftMs, RENEW_MS));
      if (leftMs > RENEW_MS) await this.#until(session.renew());
    }
    this.#isHeld = false;
    clock.after(noticedMs, () => {
      session[end]();
    });
    await clock.advance(awayMs);
  }

  async health(): Promise<readonly string[]> {
    const { instances } = await this.world.catalog.resolve({
      principal: SERVICE,
      query: query({ includeUnhealthy: true }),
    });
    return instances.map(({ health }) => health);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#history.stop();
    const disposed = Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
    await this.#until(disposed);
    await this.world[Symbol.asyncDispose]();
  }

  /** Judges each change at the moment when it is one. */
  async *#look(batches: AsyncIterable<WatchBatch>): AsyncGenerator<WatchBatch, void, undefined> {
    for await (const batch of batches) {
      for (const event of batch.events) {
        const change = changeOf(event);
        if (change?.kind === 'deregistered' && this.#isHeld) this.#wrong.push(`gone at ${this.world.clock.now()}`);
        if (change?.kind !== 'check' || change.check !== CLIENTS[this.#kind].check) continue;
        this.#seen.push(change.status);
        if (change.status === 'critical' && this.#isHeld) this.#wrong.push(`critical at ${this.world.clock.now()}`);
      }
      yield batch;
    }
  }

  /** Lets time pass until it is so. */
  async #until<Result>(work: Promise<Result>): Promise<Result> {
    let isPending = true;
    const settle = (): void => {
      isPending = false;
    };
    work.then(settle, settle);
    const pending = (): boolean => isPending;
    await this.world.settle();
    while (pending() && (await this.world.clock.step()));
    return work;
  }
}

describe.each(['process', 'agent'] as const)(
  'a session that goes from node to node, as a client does that is a %s,',
  (kind) => {
    const { stream: aStreamOfIts, graceMs } = CLIENTS[kind];

    it('is never critical for a node that it has left, while it goes on at another one', async () => {
      let criticals = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(aStreamOfIts, { minLength: 2, maxLength: 6 }), fc.nat(), async (streams, seed) => {
          await using journey = new Journey(kind, seed);
          for (const stream of streams) await journey.take(stream);
          expect(journey.wrong).toEqual([]);
          criticals += journey.criticals;
        }),
        { numRuns: 150 },
      );
      // Of those who were away for longer than the grace.
      expect(criticals).toBeGreaterThan(0);
    });

    it('is critical after its grace when it goes on nowhere', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(aStreamOfIts, { maxLength: 3 }), aStreamOfIts, fc.nat(), async (some, last, seed) => {
          await using journey = new Journey(kind, seed);
          for (const stream of some) await journey.take({ ...stream, awayMs: 0 });
          await journey.take({ ...last, end: 'broken', noticedMs: 0, awayMs: 0 });
          await journey.world.clock.advance(graceMs + SLOW_MS);
          expect(await journey.health()).toEqual(['critical']);
        }),
        { numRuns: 40 },
      );
    });
  },
);
