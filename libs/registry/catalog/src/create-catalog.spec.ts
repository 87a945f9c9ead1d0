import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { ANONYMOUS, createSeededRng } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, keyOf, revision } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { checkInstanceName, checkNode, checkQuery, checkRegistration, createCatalog } from './index.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';
import {
  CatalogUnderTest,
  check,
  idsOf,
  OPERATOR,
  query,
  registration,
  SERVICE,
} from './testing/catalog-under-test.ts';

const A = checkInstanceName({ service: 'cart', instanceId: 'a' });

describe('the catalog', () => {
  it('does what its README shows', async () => {
    const clock = new VirtualClock();
    const rng = createSeededRng(1);
    await using store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng) });
    const access = createAccess(DEVELOPMENT_POLICY);
    const principal = SERVICE;

    await using catalog = createCatalog({ store, clock, access });
    const session = await catalog.openSession({ principal, ttlSeconds: 10 });
    const ports = [{ name: 'grpc', number: 5000 }];
    await session.register(checkRegistration({ service: 'cart', id: 'cart-1', address: '10.0.0.7', ports }), []);
    const { instances } = await catalog.resolve({ principal, query: checkQuery({ service: 'cart' }) });

    expect(instances.map(({ registration: { id } }) => id)).toEqual(['cart-1']);
  });

  describe('for an operator', () => {
    it('keeps an instance until it is removed', async () => {
      await using world = new CatalogUnderTest();
      const { catalog } = world;
      await catalog.register({
        principal: OPERATOR,
        registration: registration('a'),
        checks: [check('ready', 'warning')],
      });
      await world.clock.advance(3_600_000);
      const { instances } = await catalog.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) });
      expect(instances).toMatchObject([
        { owner: { kind: 'operator', principal: 'operator:ada' }, health: 'warning', checks: [{ id: 'ready' }] },
      ]);
      await catalog.deregister({ principal: OPERATOR, ...A });
      await expect(catalog.deregister({ principal: OPERATOR, ...A })).rejects.toMatchObject({
        code: 'CATALOG_INSTANCE_NOT_FOUND',
      });
    });

    it('replaces and removes what a lease holds; a service may not', async () => {
      await using world = new CatalogUnderTest();
      const { catalog } = world;
      const session = await catalog.openSession({ principal: SERVICE, ttlSeconds: 10 });
      await session.register(registration('a'), []);
      await session.register(registration('b'), []);
      const b = checkInstanceName({ service: 'cart', instanceId: 'b' });
      const forbidden = { code: 'ACCESS_FORBIDDEN' };
      await expect(catalog.deregister({ principal: SERVICE, ...b })).rejects.toMatchObject(forbidden);
      await expect(catalog.register({ principal: SERVICE, registration: registration('a') })).rejects.toMatchObject(
        forbidden,
      );
      await catalog.deregister({ principal: OPERATOR, ...b });
      await catalog.register({ principal: OPERATOR, registration: registration('a') });
      await session.close();
      expect(idsOf(await catalog.resolve({ principal: SERVICE, query: query() }))).toEqual(['a']);
    });
  });

  it('lets nobody do what the policy does not name', async () => {
    await using world = new CatalogUnderTest();
    const { catalog } = world;
    const forbidden = { code: 'ACCESS_FORBIDDEN' };
    const principal = ANONYMOUS;
    await expect(catalog.openSession({ principal, ttlSeconds: 10 })).rejects.toMatchObject(forbidden);
    await expect(catalog.register({ principal, registration: registration('a') })).rejects.toMatchObject(forbidden);
    await expect(catalog.deregister({ principal, ...A })).rejects.toMatchObject(forbidden);
    expect((await catalog.resolve({ principal, query: query() })).instances).toEqual([]);
  });

  it('answers as it was at a past revision', async () => {
    await using world = new CatalogUnderTest();
    const { catalog } = world;
    const principal = OPERATOR;
    const first = await catalog.register({ principal, registration: registration('a') });
    const second = await catalog.register({ principal, registration: registration('b') });
    await catalog.deregister({ principal, ...A });
    const then = await catalog.resolve({ principal, query: query(), revision: first, explain: true });
    expect(then).toMatchObject({ revision: first, verdicts: [{ instanceId: 'a', included: true }] });
    expect(idsOf(await catalog.resolve({ principal, query: query(), revision: second }))).toEqual(['a', 'b']);
    expect(await catalog.services({ principal, revision: first })).toMatchObject({
      revision: first,
      services: [{ name: 'cart', instances: 1 }],
    });
    await expect(catalog.resolve({ principal, query: query(), revision: revision(99) })).rejects.toMatchObject({
      code: 'KV_FUTURE_REVISION',
    });
    await world.store.compact({ principal: CATALOG_PRINCIPAL, keyspace: 'catalog', revision: second });
    await expect(catalog.resolve({ principal, query: query(), revision: first })).rejects.toMatchObject({
      code: 'KV_COMPACTED',
    });
  });

  it('answers from memory what it wrote itself, without asking the store', async () => {
    await using world = new CatalogUnderTest();
    const { catalog } = world;
    await catalog.register({ principal: OPERATOR, registration: registration('a') });
    const asked = { principal: SERVICE, query: query(), serializable: true, explain: true };
    expect(await catalog.resolve(asked)).toMatchObject({ verdicts: [{ instanceId: 'a', included: true }] });
    await world.closeStore();
    expect(idsOf(await catalog.resolve(asked))).toEqual(['a']);
  });

  it('lists services, more than fit a page, and nodes', async () => {
    await using world = new CatalogUnderTest();
    const { catalog } = world;
    const session = await catalog.openSession({
      principal: SERVICE,
      ttlSeconds: 10,
      node: checkNode({ name: 'host-1', address: '10.0.0.1', metadata: { zone: 'a' } }),
    });
    for (let index = 0; index < 120; index += 1) await session.register(registration(`i${index}`), []);
    await session.register(registration('x', { service: 'shop', tags: ['new'], metadata: { gateway: 'expose' } }), []);
    const { services } = await catalog.services({ principal: SERVICE });
    expect(services).toMatchObject([
      { name: 'cart', instances: 120, healthy: 120, portNames: ['grpc'] },
      { name: 'shop', instances: 1, tags: ['new'], metadata: { gateway: 'expose' } },
    ]);
    expect(await catalog.nodes({ principal: SERVICE })).toMatchObject({
      nodes: [{ name: 'host-1', metadata: { zone: 'a' } }],
    });
  });

  it('names the key of a record that it cannot read', async () => {
    await using world = new CatalogUnderTest();
    const key = keyOf('instances/cart/a');
    await world.store.txn({
      principal: CATALOG_PRINCIPAL,
      success: [{ kind: 'put', keyspace: 'catalog', key, value: Uint8Array.of(8, 2) }],
    });
    await expect(world.catalog.resolve({ principal: SERVICE, query: query() })).rejects.toMatchObject({
      code: 'CATALOG_UNREADABLE_RECORD',
      message: 'the value of instances/cart/a cannot be read: its format is 2, this version knows up to 1',
    });
  });

  it('refuses everything once it is closed', async () => {
    await using world = new CatalogUnderTest();
    await world.catalog[Symbol.asyncDispose]();
    await expect(world.catalog.resolve({ principal: SERVICE, query: query() })).rejects.toMatchObject({
      code: 'CATALOG_CLOSED',
    });
  });
});
