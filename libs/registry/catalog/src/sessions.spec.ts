import { leaseId, StoreClosedError } from '@portolan/kv';
import { SESSION_CHECK } from './catalog.ts';
import { checkKey } from './keys.ts';
import { CATALOG_PRINCIPAL, KEYSPACE } from './store-access.ts';
import { checkValue } from './stored-values.ts';
import { CatalogUnderTest, idsOf, query, registration, SERVICE } from './testing/catalog-under-test.ts';
import { checkInstanceName } from './input/check-report.ts';
import { checkNode } from './input/check-registration.ts';

const A = checkInstanceName({ service: 'cart', instanceId: 'a' });
const TTL_MS = 10_000;

describe('a session in the course of time', () => {
  let world: CatalogUnderTest;

  beforeEach(() => {
    world = new CatalogUnderTest();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  describe('whose stream breaks', () => {
    it('leaves every answer after the grace, and the catalog with its lease', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.broken();
      await world.clock.advance(999);
      expect(await world.healthyIds()).toEqual(['a']);
      await world.clock.advance(1);
      const { instances, verdicts } = await world.catalog.resolve({
        principal: SERVICE,
        query: query(),
        explain: true,
      });
      expect(instances).toEqual([]);
      expect(verdicts).toMatchObject([
        { instanceId: 'a', included: false, reasons: [{ kind: 'check', revision: await world.revision() }] },
      ]);
      expect(verdicts[0]?.reasons[0]?.detail).toBe(
        'check session is critical: stream broken (since 2026-01-01T00:00:01.000Z)',
      );
      await world.clock.advance(TTL_MS + 2_000);
      expect(await world.allIds()).toEqual([]);
      expect(world.clock.pending).toBeLessThanOrEqual(1);
    });

    it('goes on as if nothing had been when it is resumed within the grace', async () => {
      const broken = await world.openSession();
      await broken.register(registration('a'), []);
      broken.broken();
      await world.clock.advance(500);
      const before = await world.revision();
      const session = await world.openSession({ resumeLease: broken.lease });
      expect(session).toMatchObject({ lease: broken.lease, resumed: true });
      await world.clock.advance(3_000);
      expect(await world.healthyIds()).toEqual(['a']);
      // That another stream has the lease, and nothing of its instances.
      expect(await world.revision()).toBe(before + 1);
    });

    it('is in every answer again when it is resumed later, without registering again', async () => {
      const broken = await world.openSession();
      await broken.register(registration('a'), []);
      broken.broken();
      await world.clock.advance(2_000);
      expect(await world.healthyIds()).toEqual([]);
      await world.openSession({ resumeLease: broken.lease });
      expect(await world.healthyIds()).toEqual(['a']);
    });

    it('says nothing any more once a newer stream has its lease', async () => {
      const old = await world.openSession();
      await old.register(registration('a'), []);
      const session = await world.openSession({ resumeLease: old.lease });
      old.broken();
      await old.close();
      await world.clock.advance(2_000);
      expect(await world.healthyIds()).toEqual(['a']);
      await expect(old.register(registration('b'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
      await session.deregister(A);
      expect(await world.allIds()).toEqual([]);
    });

    it('does nothing after the catalog is disposed', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.broken();
      await world.catalog[Symbol.asyncDispose]();
      await world.clock.advance(2_000);
      const other = world.openCatalog();
      expect(idsOf(await other.resolve({ principal: SERVICE, query: query() }))).toEqual(['a']);
    });

    it('has its end left to the lease when the store is away', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.broken();
      await world.closeStore();
      await world.clock.advance(1_000);
      expect(world.logged).toContain('cannot mark what a broken session registered: its lease will end it');
    });

    it('keeps its grace when resuming fails because the store is away', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.broken();
      await world.closeStore();
      await expect(world.openSession({ resumeLease: session.lease })).rejects.toMatchObject({
        code: 'KV_STORE_CLOSED',
      });
      await world.clock.advance(1_000);
      expect(world.logged).toContain('cannot mark what a broken session registered: its lease will end it');
    });
  });

  describe('that resumes', () => {
    it('begins anew when the lease is gone', async () => {
      const session = await world.openSession({ resumeLease: leaseId(77n) });
      expect(session.resumed).toBe(false);
      expect(session.lease).not.toBe(77n);
    });

    it('begins anew when somebody else opened it', async () => {
      const theirs = await world.openSession();
      const session = await world.catalog.openSession({
        principal: { kind: 'service', name: 'thief' },
        ttlSeconds: 10,
        resumeLease: theirs.lease,
      });
      expect(session.resumed).toBe(false);
      await theirs.register(registration('a'), []);
    });

    it('but cannot be opened breaks again', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      world.store.beforeWrite = () => Promise.reject(new StoreClosedError());
      const node = checkNode({ name: 'host-1', address: '10.0.0.1' });
      await expect(world.openSession({ resumeLease: session.lease, node })).rejects.toMatchObject({
        code: 'KV_STORE_CLOSED',
      });
      world.store.beforeWrite = undefined;
      await world.clock.advance(1_000);
      expect(await world.healthyIds()).toEqual([]);
    });

    it('is known to a node that has never seen it', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.broken();
      await world.clock.advance(1_500);
      await using other = world.openCatalog();
      const resumed = await other.openSession({ principal: SERVICE, ttlSeconds: 10, resumeLease: session.lease });
      expect(resumed.resumed).toBe(true);
      expect(await world.healthyIds()).toEqual(['a']);
      resumed.broken();
      await world.clock.advance(1_000);
      expect(await world.healthyIds()).toEqual([]);
    });

    it('at another node is not broken for the one before, whenever that notices', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      await using other = world.openCatalog();
      const resumed = await other.openSession({ principal: SERVICE, ttlSeconds: 10, resumeLease: session.lease });
      session.broken();
      const before = await world.revision();
      await world.clock.advance(1_500);
      expect(await world.revision()).toBe(before);
      expect(world.logged).toEqual([]);
      const back = await world.openSession({ resumeLease: session.lease });
      resumed.broken();
      await world.clock.advance(1_500);
      expect(await world.healthyIds()).toEqual(['a']);
      back.broken();
      await world.clock.advance(1_000);
      expect(await world.healthyIds()).toEqual([]);
    });

    it('takes back with its next renewal what a node of an older version says of its stream', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      const { lease } = session;
      const value = checkValue({ id: SESSION_CHECK, status: 'critical', output: '', since: 0 });
      const success = [{ kind: 'put', keyspace: KEYSPACE, key: checkKey(A, SESSION_CHECK), value, lease }] as const;
      await world.store.txn({ principal: CATALOG_PRINCIPAL, success });
      await world.settle();
      expect(await world.healthyIds()).toEqual([]);
      await session.renew();
      expect(await world.healthyIds()).toEqual(['a']);
    });
  });

  describe('that its node leaves', () => {
    it('is nothing to that node any more, and ends with its lease', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.leave();
      await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
      session.broken();
      await session.close();
      await world.clock.advance(TTL_MS - 1);
      expect(await world.healthyIds()).toEqual(['a']);
      await world.clock.advance(2_000);
      expect(await world.allIds()).toEqual([]);
      expect(world.logged).toEqual([]);
    });

    it('goes on at any node', async () => {
      const session = await world.openSession();
      await session.register(registration('a'), []);
      session.leave();
      const again = await world.openSession({ resumeLease: session.lease });
      expect(again).toMatchObject({ lease: session.lease, resumed: true, isEmpty: false });
      session.leave();
      await again.deregister(A);
      expect(again.isEmpty).toBe(true);
      await again.close();
      expect((await world.store.leases({ principal: SERVICE })).ids).toEqual([]);
    });
  });

  it('ends with the memory of the store, and is made again', async () => {
    const session = await world.openSession();
    await session.register(registration('a'), []);
    await world.restartStore();
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    const again = await world.openSession({ resumeLease: session.lease });
    expect(again.resumed).toBe(false);
    expect(again.incarnation).not.toBe(session.incarnation);
    await again.register(registration('a'), []);
    expect(await world.healthyIds()).toEqual(['a']);
  });
});
