import { ANONYMOUS as principal, createSeededRng } from '@portolan/kernel';
import { keyOf } from '@portolan/kv';
import { describeKvStore, type StoreUnderTest } from '@portolan/kv/testing';
import { systemClock } from '@portolan/runtime';
import { openEtcdStore } from './etcd-store.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { rebased } from './testing/rebased-store.ts';

describeWithEtcd('the store on an etcd', (running) => {
  let prefixes = 0;
  /** A prefix of its own, and a history that begins with it: an etcd for each test would take longer than the tests. */
  const open = async (): Promise<StoreUnderTest> => {
    prefixes += 1;
    const prefix = keyOf(`test-${String(prefixes)}/`);
    const address = { endpoints: running().endpoints, prefix, credentials: undefined, tls: {} };
    const store = await openEtcdStore({ address, clock: systemClock, rng: createSeededRng(prefixes) });
    return {
      store: await rebased(store),
      advance: () => Promise.reject(new Error("nobody moves etcd's clock")),
      // Leases are the whole etcd's, whatever the prefix.
      [Symbol.asyncDispose]: async () => {
        for (const id of (await store.leases({ principal })).ids) await store.revokeLease({ principal, id });
        await store[Symbol.asyncDispose]();
      },
    };
  };
  describeKvStore('the store on an etcd', open, 8, { clock: 'real', refuses: 'before', notes: 'make-revisions' });
});
