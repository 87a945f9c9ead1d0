import { startFastServer } from '@portolan/grpc';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, incarnation, keyOf, type EmbeddedStore, type Keyspace } from '@portolan/kv';
import { storeAdminBinding } from '@portolan/native-dialect';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';

export const principal: Principal = { kind: 'system', name: 'test' };

/** A store that is administered over gRPC. */
export interface ServedStore extends AsyncDisposable {
  readonly store: EmbeddedStore;
  /** `host:port` */
  readonly address: string;
}

export async function serveStore(): Promise<ServedStore> {
  const stack = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const store = stack.use(createEmbeddedStore({ clock, rng: createSeededRng(1), incarnation: incarnation('before') }));
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'error', logFormat: 'json', clock }));
  const server = stack.use(
    await startFastServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [storeAdminBinding(() => store.admin)],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
    }),
  );
  return { store, address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Puts so many keys, `<prefix>0`, `<prefix>1`, … */
export async function fill(store: EmbeddedStore, keyspace: Keyspace, prefix: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += 100) {
    const keys = Array.from({ length: Math.min(100, count - first) }, (_, index) => `${prefix}${first + index}`);
    await store.txn({
      principal,
      success: keys.map((key) => ({ kind: 'put', keyspace, key: keyOf(key), value: Buffer.from(`value of ${key}`) })),
    });
  }
}
