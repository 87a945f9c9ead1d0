import { createSeededRng, type Clock } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, type EmbeddedStore } from '@portolan/kv';
import { startFastServer } from '@portolan/grpc';
import { connect, type Connection, type RpcServer } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { kvBinding } from '../kv-service.ts';

/** A store, a real server before it, and a real connection to that. */
export interface KvOverGrpc extends AsyncDisposable {
  readonly store: EmbeddedStore;
  readonly server: RpcServer;
  readonly connection: Connection;
}

/** @param port of a server that was there before; default any */
export async function kvOverGrpc(
  clock: Clock,
  store: EmbeddedStore = freshStore(clock),
  port = 0,
): Promise<KvOverGrpc> {
  const stack = new AsyncDisposableStack();
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'error', logFormat: 'json', clock }));
  const server = stack.use(
    await startFastServer({
      bind: { host: '127.0.0.1', port },
      services: [kvBinding(store)],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
    }),
  );
  const connection = stack.use(connect(`127.0.0.1:${String(server.port)}`));
  return { store, server, connection, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

let incarnations = 0;

/** Each has its own incarnation. */
export function freshStore(clock: Clock): EmbeddedStore {
  incarnations += 1;
  const rng = createSeededRng(incarnations);
  return createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), autoCompaction: 'off' });
}
