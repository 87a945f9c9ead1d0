import { ANONYMOUS as principal } from '@portolan/kernel';
import {
  keyOf,
  keysWithPrefix,
  oneKey,
  RequestTooLargeError,
  revision,
  sessionId,
  StoreClosedError,
  TooManyOperationsError,
  TooManyWatchersError,
  type KvStore,
  type Operation,
  type PutOperation,
} from '@portolan/kv';
import { WatchReader } from '@portolan/kv/testing';
import { EtcdNoSpaceError, ReservedKeyError } from './errors.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

const all = keysWithPrefix(keyOf(''));
const put = (name: string, value = '1'): PutOperation => ({
  kind: 'put',
  keyspace: 'user',
  key: keyOf(name),
  value: Buffer.from(value),
});
const write = (store: KvStore, ...success: readonly Operation[]): Promise<unknown> => store.txn({ principal, success });

describeWithEtcd(
  'the limits of a store on an etcd',
  (running) => {
    it('are those of its keys: none where Portolan keeps its own', async () => {
      await using store = await opened(running().endpoints);
      for (const name of ['\0', '\0\0', '\0\0portolan/c/a']) {
        await expect(write(store, put(name))).rejects.toBeInstanceOf(ReservedKeyError);
      }
      const { incarnation } = await store.status();
      await write(store, { ...put('a'), keyspace: 'catalog' });
      await write(store, { kind: 'delete', keyspace: 'user', keys: all });
      await using other = await opened(running().endpoints);
      expect(await other.status()).toMatchObject({ incarnation, keyspaces: { catalog: { keys: 1 } } });
    });

    it('are those of etcd: operations beside the mark of a sequence', async () => {
      await using store = await opened(running().endpoints);
      const once = (sequence: number, count: number): Promise<unknown> =>
        store.txn({
          principal,
          success: Array.from({ length: count }, (_, index) => put(`k${String(index)}`)),
          idempotency: { session: sessionId(9n), sequence },
        });
      await once(1, 0);
      await expect(once(2, 125)).rejects.toBeInstanceOf(TooManyOperationsError);
      await expect(once(2, 124)).resolves.toMatchObject({ succeeded: true });
    });

    it('are those of etcd: the size of a request, and of its database', async () => {
      await using store = await opened(running().endpoints, {}, { limits: { requestBytesMax: 8 * 1024 ** 2 } });
      await expect(write(store, put('a', 'x'.repeat(2_200_000)))).rejects.toBeInstanceOf(RequestTooLargeError);
      const filling = async (): Promise<void> => {
        for (let round = 0; round < 100; round += 1)
          await write(store, put(`f${String(round)}`, 'x'.repeat(1_000_000)));
      };
      await expect(filling()).rejects.toBeInstanceOf(EtcdNoSpaceError);
      await expect(store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('f0')) })).resolves.toMatchObject({
        count: 1,
      });
    });

    it('are those of this process: watchers, and none once it is closed', async () => {
      const store = await opened(running().endpoints, {}, { limits: { watchersMax: 1 } });
      await using first = await new WatchReader(store, { keyspace: 'user', keys: all }).created();
      await using second = new WatchReader(store, { keyspace: 'user', keys: all });
      await expect(second.next()).rejects.toBeInstanceOf(TooManyWatchersError);
      const ended = first.next().catch((error: unknown) => error);
      await store[Symbol.asyncDispose]();
      expect(await ended).toBeInstanceOf(StoreClosedError);
      await expect(store.status()).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.range({ principal, keyspace: 'user', keys: all })).rejects.toBeInstanceOf(StoreClosedError);
    });
  },
  { flags: [`--quota-backend-bytes=${String(16 * 1024 ** 2)}`] },
);

describeWithEtcd('what etcd itself has forgotten', (running) => {
  it('is the minimum of what the keyspaces have: a quiet one holds it for some time only', async () => {
    await using store = await opened(running().endpoints);
    for (const value of ['1', '2', '3', '4']) await write(store, put('a', value));
    const { revision: current } = await store.status();
    for (const keyspace of ['user', 'catalog', 'system'] as const) {
      await store.compact({ principal, keyspace, revision: current });
    }
    await using other = await opened(running().endpoints, { prefix: keyOf('another registry/') });
    expect((await other.status()).keyspaces).toMatchObject({ user: { oldest: current }, system: { oldest: current } });
    const late = { keyspace: 'user', keys: all, startRevision: revision(1) } as const;
    await using reader = await new WatchReader(other, late).created();
    await expect(reader.next()).rejects.toMatchObject({ code: 'KV_COMPACTED', oldest: current });
    await expect(other.range({ principal, keyspace: 'user', keys: all, revision: revision(1) })).rejects.toMatchObject({
      code: 'KV_COMPACTED',
      oldest: current,
    });
  });
});
