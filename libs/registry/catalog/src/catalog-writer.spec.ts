import { keyOf } from '@portolan/kv';
import { WRITE_ATTEMPTS_MAX } from './limits.ts';
import { nameOf } from './plan-registration.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';
import { checkValue } from './stored-values.ts';
import { CatalogUnderTest, check, OPERATOR, query, registration, SERVICE } from './testing/catalog-under-test.ts';

describe('a write', () => {
  /** Another writer adds a check between the read and the transaction, `times` times. */
  function disturb(world: CatalogUnderTest, times: number): void {
    let left = times;
    world.store.beforeWrite = async (store) => {
      if (left === 0) return;
      left -= 1;
      const key = keyOf(`checks/cart/a/other-${left % 2}`);
      const value = checkValue(check('other', left % 3 === 0 ? 'passing' : 'warning'));
      await store.txn({ principal: CATALOG_PRINCIPAL, success: [{ kind: 'put', keyspace: 'catalog', key, value }] });
    };
  }

  it('is decided again when somebody else was faster', async () => {
    await using world = new CatalogUnderTest();
    disturb(world, WRITE_ATTEMPTS_MAX - 1);
    await world.catalog.register({ principal: OPERATOR, registration: registration('a') });
    const { instances } = await world.catalog.resolve({ principal: SERVICE, query: query() });
    expect(instances).toMatchObject([{ checks: [] }]);
  });

  it('gives up when others are faster every time', async () => {
    await using world = new CatalogUnderTest();
    disturb(world, WRITE_ATTEMPTS_MAX);
    await expect(
      world.catalog.register({ principal: OPERATOR, registration: registration('a') }),
    ).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_CONTENDED', context: { attempts: WRITE_ATTEMPTS_MAX } });
  });

  it('of a check does not touch an instance that was taken over meanwhile', async () => {
    await using world = new CatalogUnderTest();
    const { catalog, store } = world;
    const old = await catalog.openSession({ principal: SERVICE, ttlSeconds: 10 });
    const newer = await catalog.openSession({ principal: SERVICE, ttlSeconds: 10 });
    const one = registration('a');
    await old.register(one, []);
    store.beforeWrite = async () => {
      store.beforeWrite = undefined;
      await newer.register(one, []);
    };
    await expect(old.reportCheck(nameOf(one), check('ready', 'critical'))).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_TAKEN',
    });
    const { instances } = await catalog.resolve({ principal: SERVICE, query: query() });
    expect(instances).toMatchObject([{ owner: { id: newer.lease }, checks: [{ id: 'session' }] }]);
  });
});
