import type { ServedProtocol } from '@portolan/http';
import type { Clock } from '@portolan/kernel';
import type { BytesHandler, RpcLimits, RpcServer, TlsIdentity } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { startFastServer } from '../server/fast-server.ts';
import { sized, type Sized } from './sized.ts';

export interface ServedOptions {
  readonly clock?: Clock;
  readonly drainMs?: number;
  readonly limits?: Partial<RpcLimits>;
  readonly tls?: TlsIdentity;
  readonly streamStallMs?: number;
  readonly responseBytesMax?: number;
  readonly http1?: ServedProtocol;
  readonly bytesHandlers?: Readonly<Record<string, BytesHandler>>;
}

/** A server of `SizedService` on a free port. Disposing drains it. */
export interface Served extends AsyncDisposable {
  readonly server: RpcServer;
  readonly port: number;
  readonly sized: Sized;
}

export async function served({ bytesHandlers, ...options }: ServedOptions = {}): Promise<Served> {
  const held = sized(bytesHandlers);
  const telemetry = createTelemetry({
    app: 'test',
    logLevel: 'fatal',
    logFormat: 'json',
    clock: new VirtualClock(),
    destination: { write: () => undefined },
  });
  const server = await startFastServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [held.service],
    logger: telemetry.logger('rpc'),
    drainMs: 0,
    ...options,
  });
  return {
    server,
    port: server.port,
    sized: held,
    [Symbol.asyncDispose]: async () => {
      const drained = server.drain();
      // A clock that stands still must be moved, or nobody is cut.
      if (options.clock instanceof VirtualClock) await options.clock.advance((options.drainMs ?? 0) + 1_000);
      await drained;
    },
  };
}
