import { readFileSync } from 'node:fs';
import { createCounters, http1Protocol, http2Protocol, startServer, type HttpServer } from '@portolan/http';
import { Answering, AUTHORITY, Http1Answering, IDENTITY } from '@portolan/http/testing';
import { connect, type RpcServer, type TlsIdentity } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry, type Registry } from '@portolan/telemetry';
import { Agent, fetch as undiciFetch, type Agent as UndiciAgent } from 'undici';
import { connectFast } from './client/fast-connection.ts';
import { startFastServer } from './server/fast-server.ts';
import { openGrpcJs, type GrpcCaller } from './testing/mixed/grpc-js-caller.ts';
import { DYING_LANE, dyingLane, grpcLane } from './testing/mixed/grpc-lane.ts';
import { httpLane, type Fetch } from './testing/mixed/http-lane.ts';
import { liveBytes } from './testing/mixed/live-bytes.ts';
import { Replaced } from './testing/mixed/torn.ts';
import { Traffic, type Lane } from './testing/mixed/traffic.ts';
import { sized, type Sized } from './testing/sized.ts';

/** `PORTOLAN_SOAK_SECONDS=36000 npm run test:long -- mixed` goes on for hours. */
const SECONDS = Number(process.env.PORTOLAN_SOAK_SECONDS ?? '600');
const SEED = Number(process.env.PORTOLAN_SOAK_SEED ?? Date.now());
/** By then every pool is as full as it gets, and all hot code is compiled. */
const WARM_UP_SECONDS = 10;
const TELL_EVERY_MS = 10_000;
/**
 * What may be more after the end than after the warm-up. Kept calls and buffers vary by a few MB with who happened to be under way last;
 * 100 bytes lost a call would be more than this in an hour.
 */
const GROWTH_BYTES_MAX = 24 * 1_048_576;
/** Longer than the drain of a server that nobody calls any more. */
const DRAIN_MS = 20_000;
const MARGIN_MS = 180_000;

const pem = (name: string): Buffer => readFileSync(new URL(`../../../platform/rpc/testdata/${name}`, import.meta.url));
const identityOf = (name: string): TlsIdentity => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
  ca: pem('ca.pem'),
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

interface Ground {
  readonly lanes: readonly Lane[];
  /** Lets go what the handlers wrote down for their tests. */
  readonly forget: () => void;
  /** Ends the clients. */
  readonly close: () => Promise<void>;
  /** Ends the server, whose clients are closed, and looks at what it counted. */
  readonly expectNothingLeft: () => Promise<void>;
}

async function grpcGround(tls: 'plain' | 'mutual TLS'): Promise<Ground> {
  const warnings: string[] = [];
  const destination = { write: (line: string) => void warnings.push(line) };
  const telemetry = createTelemetry({
    app: 'mixed',
    logLevel: 'warn',
    logFormat: 'json',
    clock: systemClock,
    destination,
  });
  const held: Sized = sized();
  const server: RpcServer = await startFastServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [held.service],
    logger: telemetry.logger('rpc'),
    registry: telemetry.registry,
    drainMs: DRAIN_MS,
    ...(tls === 'mutual TLS' && { tls: identityOf('server') }),
  });
  const identity = tls === 'mutual TLS' ? identityOf('client') : undefined;
  const address = `127.0.0.1:${server.port}`;
  const close = async (caller: GrpcCaller): Promise<void> => {
    await caller[Symbol.asyncDispose]();
  };
  const callers = [
    ['grpc-js', new Replaced(() => openGrpcJs(server.port, identity), close)],
    ['connect', new Replaced<GrpcCaller>(() => connect(address, { tls: identity }), close)],
    ['connectFast', new Replaced<GrpcCaller>(() => connectFast(address, { tls: identity }), close)],
  ] as const;
  const lanes = callers.map(([name, caller]) => grpcLane(`${name}, ${tls}`, caller));
  return {
    lanes: tls === 'plain' ? [...lanes, dyingLane(server.port)] : lanes,
    forget: () => {
      held.calls.length = 0;
    },
    close: async () => {
      await Promise.all(callers.map(([, caller]) => caller.dispose()));
    },
    expectNothingLeft: async () => {
      await server.drain();
      say(`gRPC, ${tls}: ${await sumOf(telemetry.registry, 'rpc_server_calls_total')} calls ended`);
      expect(await sumOf(telemetry.registry, 'rpc_server_calls_in_flight')).toBe(0);
      // A call or connection that was left would have outlived the drain's deadline, which is told.
      expect(warnings).toEqual([]);
      telemetry.registry.clear();
    },
  };
}

async function sumOf(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

/** @param allowH2 whether undici may speak HTTP/2; without TLS nothing tells it that it can */
function undici(allowH2: boolean): Replaced<Fetch> {
  const agents = new WeakMap<Fetch, UndiciAgent>();
  const open = (): Fetch => {
    const dispatcher = new Agent({ allowH2, connect: { ca: AUTHORITY } });
    const fetcher: Fetch = (url, options) => undiciFetch(url, { ...options, dispatcher });
    agents.set(fetcher, dispatcher);
    return fetcher;
  };
  return new Replaced(open, async (fetcher) => {
    await agents.get(fetcher)?.destroy();
  });
}

async function httpGround(tls: typeof IDENTITY | undefined): Promise<Ground> {
  const counters = createCounters();
  const http1 = new Http1Answering();
  const http2 = new Answering();
  const protocolErrors: string[] = [];
  const server: HttpServer = await startServer({
    bind: { host: '127.0.0.1', port: 0 },
    counters,
    protocols: {
      h2: http2Protocol({ handler: http2, counters }),
      'http/1.1': http1Protocol({ handler: http1, counters }),
    },
    tls,
  });
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`;
  const nodes = new Replaced<Fetch>(
    () => fetch,
    async () => undefined,
  );
  const clients =
    tls === undefined
      ? ([
          ['fetch of Node', nodes],
          ['undici, HTTP/1.1', undici(false)],
        ] as const)
      : ([
          ['undici, HTTP/1.1 over TLS', undici(false)],
          ['undici, HTTP/2 over TLS', undici(true)],
        ] as const);
  const forget = (): void => {
    for (const handler of [http1, http2]) {
      for (const gone of handler.gone) if (gone.kind === 'protocol') protocolErrors.push(String(gone.error));
      handler.asked.length = 0;
      handler.gone.length = 0;
    }
  };
  return {
    lanes: clients.map(([name, fetcher]) => httpLane(name, origin, fetcher)),
    forget,
    close: async () => {
      await Promise.all(clients.map(([, fetcher]) => fetcher.dispose()));
    },
    expectNothingLeft: async () => {
      await server.drain();
      forget();
      say(`${origin}: ${JSON.stringify(counters)}`);
      const nothing = { requestsOpen: 0, connectionsOpen: 0, connectionsRefused: 0, timeOuts: 0 };
      expect(counters).toMatchObject(nothing);
      expect(protocolErrors).toEqual([]);
    },
  };
}

it(
  `${SECONDS} s of every client at once, with aborts, deadlines and cut connections (seed ${SEED})`,
  async () => {
    const grounds = await Promise.all([
      grpcGround('plain'),
      grpcGround('mutual TLS'),
      httpGround(undefined),
      httpGround(IDENTITY),
    ]);
    const traffic = new Traffic(
      grounds.flatMap(({ lanes }) => lanes),
      SEED,
    );
    const telling = setInterval(() => {
      for (const { forget } of grounds) forget();
      say(`${traffic.summary()}; ${megabytes(process.memoryUsage().rss)} MB resident`);
    }, TELL_EVERY_MS);
    const settle = async (seconds: number): Promise<number> => {
      await traffic.run(seconds * 1_000);
      for (const { forget } of grounds) forget();
      return liveBytes();
    };
    try {
      const warm = await settle(WARM_UP_SECONDS);
      const end = await settle(Math.max(1, SECONDS - WARM_UP_SECONDS));
      say(`live: ${megabytes(warm)} MB after ${WARM_UP_SECONDS} s, ${megabytes(end)} MB at the end`);
      await Promise.all(grounds.map(({ close }) => close()));
      for (const { expectNothingLeft } of grounds) await expectNothingLeft();
      say(`${traffic.summary()}; answered ${JSON.stringify(Object.fromEntries(traffic.answered))}`);
      expect(traffic.failures).toEqual([]);
      expect(traffic.settled).toBe(traffic.begun);
      // Who dies is answered nothing; a lane beside it that has no answer would have tested nothing.
      const silent = [...traffic.answered].filter(([, count]) => count === 0).map(([name]) => name);
      expect(silent).toEqual([DYING_LANE]);
      expect(end - warm).toBeLessThan(GROWTH_BYTES_MAX);
    } finally {
      clearInterval(telling);
    }
  },
  SECONDS * 1_000 + MARGIN_MS,
);

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
