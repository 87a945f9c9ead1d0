import { SESSION_CHECK } from './catalog.ts';
import { SESSION_INSTANCES_MAX } from './limits.ts';
import { CatalogUnderTest, check, OPERATOR, query, registration, SERVICE } from './testing/catalog-under-test.ts';
import { checkInstanceName } from './input/check-report.ts';
import { checkNode } from './input/check-registration.ts';

const A = checkInstanceName({ service: 'cart', instanceId: 'a' });
const TTL_MS = 10_000;

describe('a session', () => {
  let world: CatalogUnderTest;

  beforeEach(() => {
    world = new CatalogUnderTest();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it('registers under its lease, with a check of its own', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), [check('ready', 'passing')]);
    const { instances } = await world.catalog.resolve({ principal: SERVICE, query: query() });
    expect(instances).toMatchObject([
      { owner: { kind: 'lease', id: session.lease }, health: 'passing', checks: [{ id: 'ready' }, { id: 'session' }] },
    ]);
    expect(session).toMatchObject({ ttlSeconds: 10, resumed: false });
  });

  it.each([
    [0, 2],
    [1.2, 2],
    [7, 7],
    [3_600, 60],
    [Number.NaN, 60],
  ])('brings a time to live of %d s to %d s', async (asked, granted) => {
    expect((await world.openSession({ ttlSeconds: asked })).ttlSeconds).toBe(granted);
  });

  it('writes nothing when the same is registered or reported again', async () => {
    const session = await world.openSession();
    await session.register(registration('a', { metadata: { x: '1', y: '2' } }), [check('ready', 'passing')]);
    const before = await world.revision();
    await session.register(registration('a', { metadata: { y: '2', x: '1' } }), [check('ready', 'passing', 'again')]);
    await session.reportCheck(A, check('ready', 'passing', 'still'));
    expect(await world.revision()).toBe(before);
  });

  it('writes what differs only, and drops checks that are not named', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), [check('ready', 'passing'), check('disk', 'warning')]);
    await session.register(registration('a', { weight: 7 }), [check('ready', 'critical')]);
    const { instances } = await world.catalog.resolve({
      principal: SERVICE,
      query: query({ includeUnhealthy: true }),
    });
    expect(instances).toMatchObject([
      { registration: { weight: 7 }, health: 'critical', checks: [{ id: 'ready' }, { id: 'session' }] },
    ]);
  });

  it('deregisters, once or twice', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), []);
    await session.deregister(A);
    await session.deregister(A);
    expect(await world.allIds()).toEqual([]);
  });

  it('reports transitions; of nothing that is not there', async () => {
    const session = await world.openSession();
    await expect(session.reportCheck(A, check('ready', 'passing'))).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_NOT_FOUND',
    });
    await session.register(registration('a'), []);
    await session.reportCheck(A, check('ready', 'critical', 'no disk'));
    expect(await world.healthyIds()).toEqual([]);
    await session.reportCheck(A, check('ready', 'passing'));
    expect(await world.healthyIds()).toEqual(['a']);
  });

  it('bounds the checks of an instance, and the instances of a session', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), []);
    for (let index = 0; index < 16; index += 1) await session.reportCheck(A, check(`c${index}`, 'passing'));
    await expect(session.reportCheck(A, check('c16', 'passing'))).rejects.toMatchObject({
      code: 'CATALOG_TOO_MANY_CHECKS',
    });
    await session.reportCheck(A, check('c15', 'warning'));
    for (let index = 1; index < SESSION_INSTANCES_MAX; index += 1)
      await session.register(registration(`i${index}`), []);
    await expect(session.register(registration('more'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_FULL' });
    await session.register(registration('a', { weight: 2 }), []);
  });

  it('lives while it is renewed, and takes everything with it when it is not', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), []);
    await world.clock.advance(TTL_MS - 1);
    expect(await session.renew()).toEqual({ ttlSeconds: 10 });
    await world.clock.advance(TTL_MS - 1);
    expect(await world.healthyIds()).toEqual(['a']);
    await world.clock.advance(2_000);
    expect(await world.allIds()).toEqual([]);
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('says that it ended when it is first noticed by a registration', async () => {
    const session = await world.openSession();
    await world.clock.advance(TTL_MS + 2_000);
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('is gone at once when it is closed', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), []);
    await session.close();
    await session.close();
    expect(await world.allIds()).toEqual([]);
    await expect(session.deregister(A)).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  describe('that registers an id of another one', () => {
    it('has it from then on, whatever the other one says, and says so in the log', async () => {
      const old = await world.openSession();
      const newer = await world.openSession();
      await old.register(registration('a', { address: '10.0.0.1' }), [check('ready', 'passing')]);
      await newer.register(registration('a', { address: '10.0.0.2' }), []);
      expect(world.logged).toContain('an instance was taken over by a newer session');
      await expect(old.reportCheck(A, check('ready', 'critical'))).rejects.toMatchObject({
        code: 'CATALOG_INSTANCE_TAKEN',
      });
      await old.deregister(A);
      old.broken();
      await world.clock.advance(1_500);
      expect(await world.healthyIds()).toEqual(['a']);
      await old.close();
      await newer.renew();
      await world.clock.advance(TTL_MS - 1);
      const { instances } = await world.catalog.resolve({ principal: SERVICE, query: query() });
      expect(instances).toMatchObject([
        { registration: { address: '10.0.0.2' }, owner: { id: newer.lease }, checks: [{ id: SESSION_CHECK }] },
      ]);
    });

    it('does not take over what an operator registered', async () => {
      await world.catalog.register({ principal: OPERATOR, registration: registration('a') });
      const session = await world.openSession();
      await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_TAKEN' });
    });
  });

  it('registers its node, and puts it back when another session of the host ends', async () => {
    const node = checkNode({ name: 'host-1', address: '10.0.0.1' });
    const first = await world.openSession({ node });
    const second = await world.openSession({ node });
    await second.close();
    await world.settle();
    expect((await world.catalog.nodes({ principal: SERVICE })).nodes).toEqual([]);
    await first.renew();
    expect((await world.catalog.nodes({ principal: SERVICE })).nodes).toEqual([node]);
  });
});
