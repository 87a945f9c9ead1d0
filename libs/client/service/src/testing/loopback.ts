import { connect, startRpcServer, type BoundService, type Connection } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';

/** Services on a free port and a connection to them; disposing ends both. */
export interface Loopback extends AsyncDisposable {
  readonly connection: Connection;
}

/** Long enough that no call of a test is cut. */
const DRAIN_MS = 5_000;

/** Serves `services` for a test: real messages, metadata, errors and deadlines, without a registry. */
export async function startLoopback(services: readonly BoundService[], instance = 'test-1'): Promise<Loopback> {
  const stack = new AsyncDisposableStack();
  const destination = { write: (): void => undefined };
  const telemetry = createTelemetry({
    app: 'test',
    logLevel: 'fatal',
    logFormat: 'json',
    clock: systemClock,
    destination,
  });
  stack.use(telemetry);
  const logger = telemetry.logger('rpc');
  const server = stack.use(
    await startRpcServer({ bind: { host: '127.0.0.1', port: 0 }, services, logger, drainMs: DRAIN_MS, instance }),
  );
  const connection = stack.use(connect(`127.0.0.1:${server.port}`));
  return { connection, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
