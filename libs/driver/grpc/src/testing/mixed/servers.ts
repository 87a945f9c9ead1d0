import { createCounters, http1Protocol, http2Protocol, startServer, type HttpCounters } from '@portolan/http';
import { Answering, Http1Answering, IDENTITY } from '@portolan/http/testing';
import type { RpcServer } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry, type Registry } from '@portolan/telemetry';
import { startFastServer } from '../../server/fast-server.ts';
import { sized } from '../sized.ts';
import { identityOf } from './identity.ts';
import type { Side } from './side.ts';

/** Longer than the drain of a server that nobody calls any more. */
const DRAIN_MS = 20_000;

interface Server {
  readonly port: number;
  /** Lets go what the handlers wrote down for their tests. */
  readonly forget: () => void;
  readonly summary: () => string;
  /**
   * Ends it once its clients are closed.
   * @returns what it counted that should be nothing
   */
  readonly end: () => Promise<readonly string[]>;
}

/** Our gRPC server and our HTTP server, each without TLS and with it, in the order of their ports. */
export async function openServers(): Promise<Side> {
  const servers = [await grpc('plain'), await grpc('mutual TLS'), await http(undefined), await http(IDENTITY)];
  const summary = (): string => {
    for (const { forget } of servers) forget();
    return servers.map((server) => server.summary()).join('; ');
  };
  return {
    ports: servers.map(({ port }) => port),
    run: async () => undefined,
    summary,
    end: async () => {
      const failures: string[] = [];
      for (const server of servers) failures.push(...(await server.end()));
      return failures;
    },
  };
}

async function grpc(tls: 'plain' | 'mutual TLS'): Promise<Server> {
  const warnings: string[] = [];
  const destination = { write: (line: string) => void warnings.push(line) };
  const telemetry = createTelemetry({
    app: 'mixed',
    logLevel: 'warn',
    logFormat: 'json',
    clock: systemClock,
    destination,
  });
  const { registry } = telemetry;
  const held = sized();
  const server: RpcServer = await startFastServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [held.service],
    logger: telemetry.logger('rpc'),
    registry,
    drainMs: DRAIN_MS,
    ...(tls === 'mutual TLS' && { tls: identityOf('server') }),
  });
  let calls = 0;
  return {
    port: server.port,
    forget: () => {
      calls += held.calls.length;
      held.calls.length = 0;
    },
    summary: () => `gRPC, ${tls}: ${calls} calls`,
    end: async () => {
      await server.drain();
      const inFlight = await sumOf(registry, 'rpc_server_calls_in_flight');
      registry.clear();
      // A call or connection that was left would have outlived the drain's deadline, which is told.
      return inFlight === 0 ? warnings : [...warnings, `gRPC, ${tls}: ${inFlight} calls in flight`];
    },
  };
}

async function sumOf(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

async function http(tls: typeof IDENTITY | undefined): Promise<Server> {
  const counters = createCounters();
  const http1 = new Http1Answering();
  const http2 = new Answering();
  const failures: string[] = [];
  const server = await startServer({
    bind: { host: '127.0.0.1', port: 0 },
    counters,
    protocols: {
      h2: http2Protocol({ handler: http2, counters }),
      'http/1.1': http1Protocol({ handler: http1, counters }),
    },
    tls,
  });
  const name = tls === undefined ? 'HTTP' : 'HTTPS';
  const forget = (): void => {
    for (const handler of [http1, http2]) {
      for (const gone of handler.gone) if (gone.kind === 'protocol') failures.push(`${name}: ${String(gone.error)}`);
      handler.asked.length = 0;
      handler.gone.length = 0;
    }
  };
  return {
    port: server.port,
    forget,
    summary: () => `${name}: ${JSON.stringify(counters)}`,
    end: async () => {
      await server.drain();
      forget();
      return [...failures, ...leftIn(counters).map((left) => `${name}: ${left}`)];
    },
  };
}

function leftIn(counters: HttpCounters): string[] {
  const { requestsOpen, connectionsOpen, connectionsRefused, timeOuts } = counters;
  const nothing = { requestsOpen, connectionsOpen, connectionsRefused, timeOuts };
  return Object.entries(nothing)
    .filter(([, count]) => count !== 0)
    .map(([what, count]) => `${what} is ${count}`);
}
