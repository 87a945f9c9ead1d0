import { cp, rm } from 'node:fs/promises';
import { ANONYMOUS as principal } from '@portolan/kernel';
import { IncarnationChangedError, keyOf, keysWithPrefix, type KvStore, type PutOperation } from '@portolan/kv';
import { WatchReader } from '@portolan/kv/testing';
import { countedWrites } from './testing/counted-writes.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

const GUARD_MS = 60_000;
const all = { keyspace: 'user', keys: keysWithPrefix(keyOf('')) } as const;
const put = (name: string): PutOperation => ({
  kind: 'put',
  keyspace: 'user',
  key: keyOf(name),
  value: Buffer.from('1'),
});
const write = (store: KvStore, name: string): Promise<unknown> => store.txn({ principal, success: [put(name)] });

describeWithEtcd('a store whose etcd is killed', (running) => {
  it(
    'goes on when it is back: every write is done once, and the watch has each once',
    async () => {
      await using store = await opened(running().endpoints);
      const { id } = await store.grantLease({ principal, ttlSeconds: 600 });
      await store.keepAlive({ principal, id });
      const disturb = async (): Promise<void> => {
        await running().kill();
        await running().restart();
      };
      await countedWrites(store, { session: 1n, puts: 40, disturb });
      expect(await store.keepAlive({ principal, id })).toMatchObject({ ttlSeconds: 600 });
    },
    GUARD_MS,
  );

  it(
    'says that history is another one when revisions have gone back, to whoever asks and watches',
    async () => {
      const folder = running().folderOf();
      await using store = await opened(running().endpoints);
      await using other = await opened(running().endpoints);
      await write(store, 'before');
      const { incarnation } = await store.status();
      expect((await other.status()).incarnation).toBe(incarnation);
      await running().kill();
      await cp(folder, `${folder}-copy`, { recursive: true });
      await running().restart();
      for (const name of ['a', 'b', 'c']) await write(store, name);
      await using reader = await new WatchReader(store, all).created();
      const ended = reader.next().catch((error: unknown) => error);
      await running().kill();
      await rm(folder, { recursive: true });
      await cp(`${folder}-copy`, folder, { recursive: true });
      await running().restart();
      expect(await ended).toBeInstanceOf(IncarnationChangedError);
      const now = (await store.status()).incarnation;
      expect(now).not.toBe(incarnation);
      expect((await other.status()).incarnation).toBe(now);
      expect((await store.range({ principal, ...all })).incarnation).toBe(now);
    },
    GUARD_MS,
  );
});
