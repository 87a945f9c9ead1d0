import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Rng } from '@portolan/kernel';
import type { StrategyName } from '@portolan/balancing';
import { startTrace, type Logger } from '@portolan/telemetry';
import { EMPTY_SNAPSHOT, type RoutingSnapshot } from '../control/snapshot.ts';
import { ExpectationError, GatewayBindError, UnsupportedError } from '../errors.ts';
import { answerClientError } from './client-error.ts';
import { ConnectionPools } from './connection-pools.ts';
import type { DataPlane } from './data-plane.ts';
import { exchange } from './exchange.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import {
  CLIENT_CONNECTIONS_MAX,
  CLIENT_KEEP_ALIVE_MS,
  CONNECTIONS_CHECK_MS,
  HEADER_BYTES_MAX,
  HEADER_COUNT_MAX,
  HEADERS_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from './limits.ts';
import { problemOf, writeRawProblem } from './problem.ts';
import { isWebSocket, Tunnels } from './tunnels.ts';
import { trustedProxies } from './trusted-proxies.ts';
import { UpstreamStates } from './upstream-state.ts';
import type { Carrier } from './way.ts';

export interface HttpServerOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  readonly strategy: StrategyName;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly trustedProxies: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly record: (record: ExchangeRecord) => void;
}

/** A data plane on Node's own HTTP server, with undici behind it. */
export interface HttpServer extends DataPlane {
  readonly states: UpstreamStates;
}

/**
 * Routes nothing until it is given its first snapshot.
 * @throws GatewayBindError when the port is taken or the address is not of this host
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { clock, logger, record } = options;
  let snapshot = EMPTY_SNAPSHOT;
  let draining = false;
  const states = new UpstreamStates(options.strategy, options.rng);
  const pools = new ConnectionPools(options);
  const apply = (next: RoutingSnapshot): void => {
    snapshot = next;
    states.apply(next);
    pools.retain(addressesOf(next));
  };

  const carrier: Carrier = {
    snapshot: () => snapshot,
    states,
    pools,
    trusted: trustedProxies(options.trustedProxies),
    clock,
    logger,
    responseTimeoutMs: options.responseTimeoutMs,
    bodyBytesMax: options.bodyBytesMax,
    draining: () => draining,
    record,
  };
  const tunnels = new Tunnels(carrier, options.idleTimeoutMs);
  const server = createNodeServer(options.idleTimeoutMs);
  const serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    void exchange(carrier, request, response, expectsContinue).then(() => {
      // A connection that was busy when the drain began is idle now.
      if (draining) server.closeIdleConnections();
    });
  };
  server.on('request', (request, response) => {
    serve(request, response, false);
  });
  server.on('checkContinue', (request, response) => {
    serve(request, response, true);
  });
  server.on('checkExpectation', refuseExpectation);
  server.on('upgrade', (request, socket, head) => {
    void tunnels.open(request, socket, head);
  });
  server.on('connect', (_request, socket: Duplex) => {
    refuseConnect(socket);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refusal = answerClientError(error, socket);
    if (refusal !== undefined) logger.debug({ code: refusal.code }, refusal.message);
  });

  const port = await listen(server, options);
  return {
    port,
    url: `http://${options.bind.includes(':') ? `[${options.bind}]` : options.bind}:${port}`,
    states,
    apply,
    get draining() {
      return draining;
    },
    async drain(deadlineMs) {
      draining = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      const deadline = clock.after(deadlineMs, () => {
        logger.warn({ tunnels: tunnels.size }, 'the drain deadline is here: what is still in flight is cut');
        server.closeAllConnections();
        tunnels.cut();
      });
      await Promise.all([closed, tunnels.ended()]);
      deadline.cancel();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      tunnels.cut();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      await pools[Symbol.asyncDispose]();
    },
  };
}

/** Every limit on a client stands here, those whose default would do included. */
function createNodeServer(idleTimeoutMs: number): Server {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: CLIENT_KEEP_ALIVE_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    insecureHTTPParser: false,
    // Checked by `readTarget`, which says what is wrong.
    requireHostHeader: false,
    noDelay: true,
    // Other protocols that a client would like better, such as h2c, are declined by answering in this one.
    shouldUpgradeCallback: isWebSocket,
  });
  server.maxHeadersCount = HEADER_COUNT_MAX;
  server.maxConnections = CLIENT_CONNECTIONS_MAX;
  // A client that takes nothing of its answer for so long has gone, or holds on on purpose.
  server.timeout = idleTimeoutMs;
  return server;
}

function addressesOf({ upstreams }: RoutingSnapshot): ReadonlySet<string> {
  return new Set([...upstreams.values()].flatMap(({ endpoints }) => endpoints.map(({ address }) => address)));
}

function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  const error = new ExpectationError(`the expectation ${JSON.stringify(request.headers.expect ?? '')} cannot be met`, {
    fix: 'leave Expect out, or send Expect: 100-continue',
  });
  const { status, reason, fields, body } = problemOf(error, startTrace().traceId);
  response.writeHead(status, reason, [...fields, 'Connection', 'close']);
  response.end(body);
}

function refuseConnect(socket: Duplex): void {
  const error = new UnsupportedError('this is a gateway, no proxy: CONNECT is not served', {
    fix: 'ask for a path with another method',
  });
  writeRawProblem(socket, problemOf(error, startTrace().traceId));
}

function listen(server: Server, { bind, port }: HttpServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new GatewayBindError(`cannot listen on ${bind}:${port}: ${error.message}`, {
          fix: `choose another --port (0 is any free one), or end what listens there (ss -ltnp 'sport = :${port}')`,
          context: { bind, port },
          cause: error,
        }),
      );
    });
    server.listen(port, bind, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
