import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import { startFastServer } from '@portolan/grpc';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, incarnation, keyOf, type EmbeddedStore, type Keyspace } from '@portolan/kv';
import { connect, createClient, type Client } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { storeAdminBinding } from './store-admin-service.ts';

const principal: Principal = { kind: 'system', name: 'test' };
const USER = 1;
const CATALOG = 2;
const CORRUPT = 2;

interface Served extends AsyncDisposable {
  readonly store: EmbeddedStore;
  readonly client: Client<typeof StoreAdminServiceService>;
}

async function serve(): Promise<Served> {
  const stack = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const store = stack.use(
    createEmbeddedStore({
      clock,
      rng: createSeededRng(1),
      incarnation: incarnation('one'),
      limits: { quotaBytes: 50_000_000 },
    }),
  );
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'error', logFormat: 'json', clock }));
  const server = stack.use(
    await startFastServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [storeAdminBinding(() => store.admin)],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
    }),
  );
  const connection = stack.use(connect(`127.0.0.1:${String(server.port)}`, { principal }));
  const client = createClient(StoreAdminServiceService, connection);
  return { store, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function put(store: EmbeddedStore, keyspace: Keyspace, key: string, bytes: number): Promise<void> {
  await store.txn({
    principal,
    success: [{ kind: 'put', keyspace, key: keyOf(key), value: new Uint8Array(bytes).fill(key.charCodeAt(0)) }],
  });
}

describe('administration of a store over gRPC', () => {
  it('raises, lists and disarms alarms', async () => {
    await using served = await serve();
    const { client, store } = served;
    const alarm = { kind: CORRUPT, memberId: 2n ** 63n, keyspace: 0 } as const;
    expect((await client.raiseAlarm({ alarm })).alarms).toEqual([alarm]);
    await expect(put(store, 'user', 'a', 1)).rejects.toMatchObject({ code: 'KV_CORRUPT' });
    expect(await client.listAlarms({})).toEqual({ header: { incarnation: 'one', revision: 1n }, alarms: [alarm] });
    expect((await client.disarmAlarm({ alarm })).alarms).toEqual([]);
    await put(store, 'user', 'a', 1);
    await expect(client.raiseAlarm({ alarm: undefined })).rejects.toMatchObject({ code: 'KV_MALFORMED_REQUEST' });
  });

  it('hashes a keyspace', async () => {
    await using served = await serve();
    const { client, store } = served;
    await put(store, 'catalog', 'a', 1);
    const now = await client.hashKeyspace({ keyspace: CATALOG, revision: 0n });
    const own = await store.admin.hashKeyspace({ principal, keyspace: 'catalog' });
    expect(now).toMatchObject({ hash: own.hash, revision: 2n, oldestRevision: 1n });
    expect((await client.hashKeyspace({ keyspace: CATALOG, revision: 1n })).hash).not.toBe(own.hash);
    await expect(client.hashKeyspace({ keyspace: USER, revision: 3n })).rejects.toMatchObject({
      code: 'KV_FUTURE_REVISION',
    });
  });

  it('streams a backup, of the moment at which it was asked for', async () => {
    await using served = await serve();
    const { client, store } = served;
    for (let key = 0; key < 20; key += 1) await put(store, 'user', String(key), 1_000_000);
    const wanted: Uint8Array[] = [];
    for await (const piece of store.admin.backup({ principal }, new AbortController().signal)) wanted.push(piece);
    const chunks: Buffer[] = [];
    for await (const { chunk } of client.backup({})) {
      chunks.push(chunk);
      if (chunks.length === 2) await put(store, 'user', 'later', 1);
    }
    expect(Buffer.concat(chunks).equals(Buffer.concat(wanted))).toBe(true);
  }, 30_000);
});
