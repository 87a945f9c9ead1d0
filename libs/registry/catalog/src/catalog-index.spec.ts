import { keyOf, TooManyWatchersError } from '@portolan/kv';
import { SILENT } from './catalog-logger.ts';
import { CatalogIndex } from './catalog-index.ts';
import type { CatalogSession } from './catalog.ts';
import { CATALOG_WATCHERS_MAX } from './limits.ts';
import { checkInstanceName } from './input/check-report.ts';
import type { Resolution } from './model.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';
import { SERVICES, serviceTopic } from './topics.ts';
import { CatalogUnderTest, check, collect, idsOf, query, registration, SERVICE } from './testing/catalog-under-test.ts';

const A = checkInstanceName({ service: 'cart', instanceId: 'a' });

describe('a watch', () => {
  let world: CatalogUnderTest;

  beforeEach(() => {
    world = new CatalogUnderTest();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const open = (): Promise<CatalogSession> => world.catalog.openSession({ principal: SERVICE, ttlSeconds: 10 });
  const watch = (asked = query()): ReturnType<typeof collect<Resolution>> =>
    collect((signal) => world.catalog.watch({ principal: SERVICE, query: asked }, signal));

  it('answers at once, then at each change, until its signal aborts', async () => {
    const session = await open();
    const watching = watch();
    await world.settle();
    await session.register(registration('a'), []);
    await world.settle();
    await session.reportCheck(A, check('ready', 'critical'));
    await world.settle();
    await session.close();
    await watching.stop();
    expect(watching.seen.map(idsOf)).toEqual([[], ['a'], []]);
    expect(watching.seen.every(({ verdicts }) => verdicts.length === 0)).toBe(true);
  });

  it('begins with what was written before it through the same catalog', async () => {
    const session = await open();
    await world.settle();
    await session.register(registration('a'), []);
    const watching = watch();
    await world.settle();
    await watching.stop();
    expect(watching.seen.map(idsOf)).toEqual([['a']]);
  });

  it('says nothing when the answer stays the same', async () => {
    const session = await open();
    await session.register(registration('a', { tags: ['x'] }), []);
    await session.register(registration('b'), [check('ready', 'critical', 'cold')]);
    const tagged = watch(query({ tags: ['x'] }));
    await world.settle();
    await session.reportCheck(checkInstanceName({ service: 'cart', instanceId: 'b' }), check('ready', 'passing'));
    await session.register(registration('a', { service: 'other' }), []);
    await session.reportCheck(A, check('ready', 'passing'));
    await world.settle();
    await tagged.stop();
    expect(tagged.seen.map(({ instances }) => instances.map(({ checks }) => checks.length))).toEqual([[1], [2]]);
  });

  it('skips to the newest answer for a slow reader', async () => {
    const session = await open();
    const stop = new AbortController();
    const reader = world.catalog.watch({ principal: SERVICE, query: query() }, stop.signal)[Symbol.asyncIterator]();
    expect(await reader.next()).toMatchObject({ value: { instances: [] } });
    for (let index = 0; index < 5; index += 1) await session.register(registration(`i${index}`), []);
    await world.settle();
    const newest: IteratorResult<Resolution, unknown> = await reader.next();
    expect(newest.done === true ? [] : newest.value.instances).toHaveLength(5);
    const next = reader.next();
    await world.settle();
    stop.abort();
    await expect(next).resolves.toMatchObject({ done: true });
  });

  it('of all services tells of every service', async () => {
    const session = await open();
    const watching = collect((signal) => world.catalog.watchServices({ principal: SERVICE }, signal));
    await world.settle();
    await session.register(registration('a'), []);
    await world.settle();
    await session.register(registration('b', { service: 'shop' }), []);
    await world.settle();
    await session.reportCheck(A, check('ready', 'warning'));
    await world.settle();
    await session.reportCheck(A, check('disk', 'warning'));
    await world.settle();
    await watching.stop();
    const seen = watching.seen.map(({ services }) => services.map(({ name, healthy }) => `${name} ${healthy}`));
    expect(seen).toEqual([[], ['cart 1'], ['cart 1', 'shop 1'], ['cart 0', 'shop 1']]);
  });

  it('reads again when the history it needs was compacted meanwhile', async () => {
    const other = world.openCatalog();
    const session = await other.openSession({ principal: SERVICE, ttlSeconds: 10 });
    await session.register(registration('a'), []);
    await world.settle();
    world.store.beforeWatch = async () => {
      await session.register(registration('b'), []);
      const at = await session.register(registration('c'), []);
      await world.store.compact({ principal: CATALOG_PRINCIPAL, keyspace: 'catalog', revision: at });
    };
    const watching = watch();
    await world.settle();
    await watching.stop();
    await other[Symbol.asyncDispose]();
    expect(watching.seen.map(idsOf).at(-1)).toEqual(['a', 'b', 'c']);
    expect(world.logged).toContain('the history of the catalog went on without us: reading it again');
  });

  it.each([
    ['between reading and watching', true],
    ['while it is watched', false],
  ])('goes on with the new incarnation when the store changes %s', async (_, between) => {
    const session = await open();
    if (!between) await world.settle();
    else world.store.beforeWatch = () => world.restartStore();
    const watching = watch();
    if (between) await world.settle();
    else {
      await session.register(registration('a'), []);
      await world.settle();
      await world.restartStore();
    }
    await world.clock.advance(1_000);
    const again = await open();
    await again.register(registration('b'), []);
    await world.settle();
    await watching.stop();
    const last = watching.seen.at(-1);
    expect(last).toMatchObject({ incarnation: again.incarnation, instances: [{ registration: { id: 'b' } }] });
    expect(new Set(watching.seen.map(({ incarnation }) => incarnation)).size).toBe(between ? 1 : 2);
  });

  it('keeps trying, ever more slowly, while the store is away', async () => {
    await world.closeStore();
    const watching = watch();
    await world.clock.advance(60_000);
    const tried = world.logged.filter((message) => message.startsWith('cannot follow'));
    expect(tried.length).toBeGreaterThan(5);
    expect(tried.length).toBeLessThan(25);
    await watching.stop();
    expect(watching.seen).toEqual([]);
  });

  it('ends with an error when the catalog is closed', async () => {
    const watching = watch();
    await world.settle();
    await watching.stop();
    const reader = world.catalog
      .watch({ principal: SERVICE, query: query() }, new AbortController().signal)
      [Symbol.asyncIterator]();
    await reader.next();
    const next = reader.next();
    await world.settle();
    const closed = world.catalog[Symbol.asyncDispose]();
    await expect(next).rejects.toMatchObject({ code: 'CATALOG_CLOSED' });
    await closed;
  });

  it('leaves alone keys of a shape it does not know', async () => {
    await world.store.txn({
      principal: CATALOG_PRINCIPAL,
      success: [{ kind: 'put', keyspace: 'catalog', key: keyOf('future/x/y/z/0'), value: Uint8Array.of(1) }],
    });
    expect((await world.catalog.services({ principal: SERVICE })).services).toEqual([]);
  });
});

it('serves a bounded number of watchers, and frees the place of one that ends', async () => {
  await using world = new CatalogUnderTest();
  await using index = new CatalogIndex(world.store, world.clock, SILENT);
  const first = index.subscribe(serviceTopic(query().service));
  for (let count = 1; count < CATALOG_WATCHERS_MAX; count += 1) index.subscribe(SERVICES);
  expect(() => index.subscribe(SERVICES)).toThrow(TooManyWatchersError);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  index.subscribe(SERVICES);
});
