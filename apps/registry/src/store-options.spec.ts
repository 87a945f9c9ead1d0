import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { ANONYMOUS, createSeededRng, type Principal } from '@portolan/kernel';
import {
  createEmbeddedStore,
  incarnation,
  keyOf,
  type EmbeddedStore,
  type Keyspace,
  type Operation,
} from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { storeOptions, type StoreSettings } from './store-options.ts';

const SETTINGS: StoreSettings = {
  access: createAccess(DEVELOPMENT_POLICY),
  quotaBytes: 1_000,
  historyChanges: 10,
  historyBytes: 1_000_000,
};
const openStore = (settings: StoreSettings): EmbeddedStore =>
  createEmbeddedStore({
    clock: new VirtualClock(),
    rng: createSeededRng(1),
    incarnation: incarnation('one'),
    ...storeOptions(settings),
  });
const service: Principal = { kind: 'service', name: 'web' };
const put = (keyspace: Keyspace, size = 1): Operation => ({
  kind: 'put',
  keyspace,
  key: keyOf('a'),
  value: new Uint8Array(size),
});

describe('the store of the registry', () => {
  it('lets in whom the policy lets in', async () => {
    await using store = openStore(SETTINGS);
    await store.txn({ principal: service, success: [put('user')] });
    await store.grantLease({ principal: service, ttlSeconds: 10 });
    for (const refused of [
      store.txn({ principal: ANONYMOUS, success: [put('user')] }),
      store.grantLease({ principal: ANONYMOUS, ttlSeconds: 10 }),
      store.txn({ principal: service, success: [put('catalog')] }),
      store.txn({ principal: service, success: [put('system')] }),
      store.compact({ principal: service, keyspace: 'user', revision: (await store.status()).revision }),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'ACCESS_FORBIDDEN' });
    }
  });

  it('gives a keyspace the quota it is set to have, and the others the one of all', () => {
    const { limits, autoCompaction } = storeOptions({ ...SETTINGS, catalogQuotaBytes: 5, historyMs: 60_000 });
    expect(limits).toEqual({ quotaBytes: 1_000, catalogQuotaBytes: 5 });
    expect(autoCompaction).toEqual({ keepChanges: 10, keepBytes: 1_000_000, keepMs: 60_000 });
  });

  it('keeps to its quota and history', async () => {
    await using store = openStore(SETTINGS);
    for (let write = 0; write < 30; write += 1) await store.txn({ principal: service, success: [put('user')] });
    const { keyspaces, revision } = await store.status();
    expect(revision - keyspaces.user.oldest).toBeLessThan(12);
    await expect(store.txn({ principal: service, success: [put('user', 2_000)] })).rejects.toMatchObject({
      code: 'KV_QUOTA_EXCEEDED',
    });
  });
});
