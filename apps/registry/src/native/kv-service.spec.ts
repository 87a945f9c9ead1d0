import { KvServiceService } from '@portolan/contracts/kv';
import { createSeededRng } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { describeKvStore, type StoreUnderTest } from '@portolan/kv/testing';
import { connect, implement, startRpcServer } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { kvService } from './kv-service.ts';

/** A store behind a real server, seen through a real connection. */
async function open(): Promise<StoreUnderTest> {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const stack = new AsyncDisposableStack();
  const store = stack.use(
    createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), autoCompaction: 'off' }),
  );
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'error', logFormat: 'json', clock }));
  const server = stack.use(
    await startRpcServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [implement(KvServiceService, kvService(store))],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
    }),
  );
  const connection = stack.use(connect(`127.0.0.1:${String(server.port)}`));
  const client = stack.use(createKvClient(connection, { clock, rng }));
  return {
    store: client,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describeKvStore('the store over gRPC', open, 15);
