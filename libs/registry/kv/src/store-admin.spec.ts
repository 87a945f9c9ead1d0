import { createSeededRng, PortolanError, type ErrorKind } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import type { KvAction } from './access.ts';
import { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.ts';
import { createIncarnation, KEYSPACES, revision, type Revision } from './ids.ts';
import { HASH_STEP_BYTES } from './machine/hash-keyspace.ts';
import { del, principal, put, putOne, write } from './testing/shorthand.ts';

function open(options: Partial<EmbeddedStoreOptions> = {}): { store: EmbeddedStore; clock: VirtualClock } {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const incarnation = createIncarnation(rng);
  const store = createEmbeddedStore({ clock, rng, incarnation, autoCompaction: 'off', ...options });
  return { store, clock };
}

async function hashOf(store: EmbeddedStore, at?: Revision): Promise<number> {
  const asked = { principal, keyspace: 'user', ...(at !== undefined && { revision: at }) } as const;
  return (await store.admin.hashKeyspace(asked)).hash;
}

describe('the hash of a keyspace', () => {
  it('is of its keys and its history until one revision, and of nothing else', async () => {
    const { store } = open();
    await putOne(store, 'a', '1');
    const before = await hashOf(store);
    await write(store, put('a', '1', { keyspace: 'catalog' }));
    expect(await hashOf(store)).toBe(before);
    const at = (await store.status()).revision;
    const seen = [before];
    for (const operation of [put('a', '1'), put('b', ''), put('b', '1'), del('b')]) {
      await write(store, operation);
      seen.push(await hashOf(store));
    }
    expect(new Set(seen).size).toBe(5);
    expect(await hashOf(store, at)).toBe(before);
  });

  it('says what it is of, and refuses what is compacted or has not been', async () => {
    const { store } = open();
    for (const value of ['1', '2', '3']) await putOne(store, 'a', value);
    await store.compact({ principal, keyspace: 'user', revision: revision(3) });
    const found = await store.admin.hashKeyspace({ principal, keyspace: 'user' });
    expect(found).toMatchObject({ revision: 4, hashRevision: 4, oldest: 3 });
    expect(await hashOf(store, revision(3))).not.toBe(found.hash);
    await expect(hashOf(store, revision(2))).rejects.toMatchObject({ code: 'KV_COMPACTED' });
    await expect(hashOf(store, revision(5))).rejects.toMatchObject({ code: 'KV_FUTURE_REVISION' });
  });

  it('lets others have their turn, and stays that of its revision meanwhile', async () => {
    const { store, clock } = open();
    const value = new Uint8Array(HASH_STEP_BYTES);
    for (let index = 0; index < 4; index += 1) await write(store, { ...put(`k${String(index)}`, ''), value });
    const at = (await store.status()).revision;
    const hashing = hashOf(store);
    for (let step = 0; step < 10; step += 1) {
      await putOne(store, 'other', String(step));
      await clock.advance(1);
    }
    const again = hashOf(store, at);
    await clock.advance(10);
    expect(await hashing).toBe(await again);
  });
});

describe('administration of a store', () => {
  it('is asked for as such, for the keyspaces it is about', async () => {
    const asked: string[] = [];
    const authorize = (_who: unknown, action: KvAction): void => {
      asked.push(`${action.kind} ${'keyspace' in action ? action.keyspace : ''}`);
      if (asked.length > 3) throw new NotAllowed('no', { fix: 'ask' });
    };
    const { store } = open({ authorize });
    await store.admin.alarms({ principal });
    await store.admin.disarmAlarm({ principal, kind: 'no-space', memberId: 0n, keyspace: undefined });
    await store.admin.hashKeyspace({ principal, keyspace: 'catalog' });
    const backup = store.admin.backup({ principal }, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(backup.next()).rejects.toBeInstanceOf(NotAllowed);
    expect(asked).toEqual(['administer system', 'administer system', 'administer catalog', 'administer user']);
  });

  it('shows the alarm that a full keyspace raised, until it is disarmed', async () => {
    const { store } = open({ limits: { quotaBytes: 5 } });
    for (const keyspace of KEYSPACES) {
      await expect(write(store, put('a', '12345', { keyspace }))).rejects.toMatchObject({ code: 'KV_QUOTA_EXCEEDED' });
    }
    const { alarms } = await store.admin.alarms({ principal });
    expect(alarms.map(({ keyspace }) => keyspace)).toEqual(KEYSPACES);
    await expect(store.grantLease({ principal, ttlSeconds: 5 })).rejects.toMatchObject({ code: 'KV_QUOTA_EXCEEDED' });
    const all = { principal, kind: 'no-space', memberId: 0n, keyspace: undefined } as const;
    expect((await store.admin.disarmAlarm(all)).alarms).toEqual([]);
    await putOne(store, 'a', '1234');
  });
});

class NotAllowed extends PortolanError {
  readonly code = 'TEST_NOT_ALLOWED';
  readonly kind: ErrorKind = 'forbidden';
}
