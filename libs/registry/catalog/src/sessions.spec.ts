import { leaseId, StoreClosedError } from '@portolan/kv';
import { SESSION_CHECK, type CatalogSession } from './catalog.ts';
import { SESSION_INSTANCES_MAX } from './limits.ts';
import {
  CatalogUnderTest,
  check,
  idsOf,
  OPERATOR,
  query,
  registration,
  SERVICE,
} from './testing/catalog-under-test.ts';
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

  const open = (more: object = {}): Promise<CatalogSession> =>
    world.catalog.openSession({ principal: SERVICE, ttlSeconds: 10, ...more });
  const resolveAll = async (): Promise<readonly string[]> =>
    idsOf(await world.catalog.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) }));
  const resolveHealthy = async (): Promise<readonly string[]> =>
    idsOf(await world.catalog.resolve({ principal: SERVICE, query: query() }));
  const revisionNow = async (): Promise<number> => (await world.store.status()).revision;

  it('registers under its lease, with a check of its own', async () => {
    const session = await open();
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
    expect((await open({ ttlSeconds: asked })).ttlSeconds).toBe(granted);
  });

  it('writes nothing when the same is registered or reported again', async () => {
    const session = await open();
    await session.register(registration('a', { metadata: { x: '1', y: '2' } }), [check('ready', 'passing')]);
    const before = await revisionNow();
    await session.register(registration('a', { metadata: { y: '2', x: '1' } }), [check('ready', 'passing', 'again')]);
    await session.reportCheck(A, check('ready', 'passing', 'still'));
    expect(await revisionNow()).toBe(before);
  });

  it('writes what differs only, and drops checks that are not named', async () => {
    const session = await open();
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
    const session = await open();
    await session.register(registration('a'), []);
    await session.deregister(A);
    await session.deregister(A);
    expect(await resolveAll()).toEqual([]);
  });

  it('reports transitions; of nothing that is not there', async () => {
    const session = await open();
    await expect(session.reportCheck(A, check('ready', 'passing'))).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_NOT_FOUND',
    });
    await session.register(registration('a'), []);
    await session.reportCheck(A, check('ready', 'critical', 'no disk'));
    expect(await resolveHealthy()).toEqual([]);
    await session.reportCheck(A, check('ready', 'passing'));
    expect(await resolveHealthy()).toEqual(['a']);
  });

  it('bounds the checks of an instance, and the instances of a session', async () => {
    const session = await open();
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
    const session = await open();
    await session.register(registration('a'), []);
    await world.clock.advance(TTL_MS - 1);
    expect(await session.renew()).toEqual({ ttlSeconds: 10 });
    await world.clock.advance(TTL_MS - 1);
    expect(await resolveHealthy()).toEqual(['a']);
    await world.clock.advance(2_000);
    expect(await resolveAll()).toEqual([]);
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('says that it ended when it is first noticed by a registration', async () => {
    const session = await open();
    await world.clock.advance(TTL_MS + 2_000);
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('is gone at once when it is closed', async () => {
    const session = await open();
    await session.register(registration('a'), []);
    await session.close();
    await session.close();
    expect(await resolveAll()).toEqual([]);
    await expect(session.deregister(A)).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  describe('whose stream breaks', () => {
    it('leaves every answer after the grace, and the catalog with its lease', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      session.broken();
      await world.clock.advance(999);
      expect(await resolveHealthy()).toEqual(['a']);
      await world.clock.advance(1);
      const { instances, verdicts } = await world.catalog.resolve({
        principal: SERVICE,
        query: query(),
        explain: true,
      });
      expect(instances).toEqual([]);
      expect(verdicts).toMatchObject([
        { instanceId: 'a', included: false, reasons: [{ kind: 'check', revision: await revisionNow() }] },
      ]);
      expect(verdicts[0]?.reasons[0]?.detail).toBe(
        'check session is critical: stream broken (since 2026-01-01T00:00:01.000Z)',
      );
      await world.clock.advance(TTL_MS + 2_000);
      expect(await resolveAll()).toEqual([]);
      expect(world.clock.pending).toBeLessThanOrEqual(1);
    });

    it('goes on as if nothing had been when it is resumed within the grace', async () => {
      const broken = await open();
      await broken.register(registration('a'), []);
      broken.broken();
      await world.clock.advance(500);
      const before = await revisionNow();
      const session = await open({ resumeLease: broken.lease });
      expect(session).toMatchObject({ lease: broken.lease, resumed: true });
      await world.clock.advance(3_000);
      expect(await resolveHealthy()).toEqual(['a']);
      expect(await revisionNow()).toBe(before);
    });

    it('is in every answer again when it is resumed later, without registering again', async () => {
      const broken = await open();
      await broken.register(registration('a'), []);
      broken.broken();
      await world.clock.advance(2_000);
      expect(await resolveHealthy()).toEqual([]);
      await open({ resumeLease: broken.lease });
      expect(await resolveHealthy()).toEqual(['a']);
    });

    it('says nothing any more once a newer stream has its lease', async () => {
      const old = await open();
      await old.register(registration('a'), []);
      const session = await open({ resumeLease: old.lease });
      old.broken();
      await old.close();
      await world.clock.advance(2_000);
      expect(await resolveHealthy()).toEqual(['a']);
      await expect(old.register(registration('b'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
      await session.deregister(A);
      expect(await resolveAll()).toEqual([]);
    });

    it('does nothing after the catalog is disposed', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      session.broken();
      await world.catalog[Symbol.asyncDispose]();
      await world.clock.advance(2_000);
      const other = world.openCatalog();
      expect(idsOf(await other.resolve({ principal: SERVICE, query: query() }))).toEqual(['a']);
    });

    it('has its end left to the lease when the store is away', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      session.broken();
      await world.closeStore();
      await world.clock.advance(1_000);
      expect(world.logged).toContain('cannot mark what a broken session registered: its lease will end it');
    });

    it('keeps its grace when resuming fails because the store is away', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      session.broken();
      await world.closeStore();
      await expect(open({ resumeLease: session.lease })).rejects.toMatchObject({ code: 'KV_STORE_CLOSED' });
      await world.clock.advance(1_000);
      expect(world.logged).toContain('a session broke: its instances turn critical');
    });
  });

  describe('that resumes', () => {
    it('begins anew when the lease is gone', async () => {
      const session = await open({ resumeLease: leaseId(77n) });
      expect(session.resumed).toBe(false);
      expect(session.lease).not.toBe(77n);
    });

    it('begins anew when somebody else opened it', async () => {
      const theirs = await open();
      const session = await world.catalog.openSession({
        principal: { kind: 'service', name: 'thief' },
        ttlSeconds: 10,
        resumeLease: theirs.lease,
      });
      expect(session.resumed).toBe(false);
      await theirs.register(registration('a'), []);
    });

    it('but cannot be opened breaks again', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      world.store.beforeWrite = () => Promise.reject(new StoreClosedError());
      const node = checkNode({ name: 'host-1', address: '10.0.0.1' });
      await expect(open({ resumeLease: session.lease, node })).rejects.toMatchObject({ code: 'KV_STORE_CLOSED' });
      world.store.beforeWrite = undefined;
      await world.clock.advance(1_000);
      expect(await resolveHealthy()).toEqual([]);
    });

    it('is known to a node that has never seen it', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      session.broken();
      await world.clock.advance(1_500);
      await using other = world.openCatalog();
      const resumed = await other.openSession({ principal: SERVICE, ttlSeconds: 10, resumeLease: session.lease });
      expect(resumed.resumed).toBe(true);
      expect(await resolveHealthy()).toEqual(['a']);
      resumed.broken();
      await world.clock.advance(1_000);
      expect(await resolveHealthy()).toEqual([]);
    });

    it('takes back with its next renewal what another node said of its stream meanwhile', async () => {
      const session = await open();
      await session.register(registration('a'), []);
      await using other = world.openCatalog();
      const resumed = await other.openSession({ principal: SERVICE, ttlSeconds: 10, resumeLease: session.lease });
      session.broken();
      await world.clock.advance(1_500);
      expect(await resolveHealthy()).toEqual([]);
      await resumed.renew();
      expect(await resolveHealthy()).toEqual(['a']);
    });
  });

  describe('that registers an id of another one', () => {
    it('has it from then on, whatever the other one says, and says so in the log', async () => {
      const old = await open();
      const newer = await open();
      await old.register(registration('a', { address: '10.0.0.1' }), [check('ready', 'passing')]);
      await newer.register(registration('a', { address: '10.0.0.2' }), []);
      expect(world.logged).toContain('an instance was taken over by a newer session');
      await expect(old.reportCheck(A, check('ready', 'critical'))).rejects.toMatchObject({
        code: 'CATALOG_INSTANCE_TAKEN',
      });
      await old.deregister(A);
      old.broken();
      await world.clock.advance(1_500);
      expect(await resolveHealthy()).toEqual(['a']);
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
      const session = await open();
      await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_TAKEN' });
    });
  });

  it('registers its node, and puts it back when another session of the host ends', async () => {
    const node = checkNode({ name: 'host-1', address: '10.0.0.1' });
    const first = await open({ node });
    const second = await open({ node });
    await second.close();
    await world.settle();
    expect((await world.catalog.nodes({ principal: SERVICE })).nodes).toEqual([]);
    await first.renew();
    expect((await world.catalog.nodes({ principal: SERVICE })).nodes).toEqual([node]);
  });

  it('ends with the memory of the store, and is made again', async () => {
    const session = await open();
    await session.register(registration('a'), []);
    await world.restartStore();
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    const again = await open({ resumeLease: session.lease });
    expect(again.resumed).toBe(false);
    expect(again.incarnation).not.toBe(session.incarnation);
    await again.register(registration('a'), []);
    expect(await resolveHealthy()).toEqual(['a']);
  });
});
