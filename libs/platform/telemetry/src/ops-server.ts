import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Logger } from 'pino';
import { logLevelRoutes } from './log-level-routes.ts';
import type { OpsAnswer, OpsRoute } from './ops-route.ts';
import type { Readiness } from './readiness.ts';
import { readJson } from './request-body.ts';
import type { Telemetry } from './telemetry.ts';

/** A few probes, a scraper and an operator; more is somebody who should not be here. */
const CONNECTIONS_MAX = 64;
/** Nobody sends an ops port much, so who is slower than this is gone or hostile. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface OpsServerOptions {
  /** An address of this host. The ops port is for operators: loopback, unless a scraper sits elsewhere. */
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  readonly telemetry: Telemetry;
  /** Asked at each `/readyz`. */
  readonly readiness: () => Readiness;
  /** More routes, of the app. */
  readonly routes?: readonly OpsRoute[];
}

/** Disposing closes the port and every connection to it. */
export interface OpsServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** The ops port cannot be opened. */
export class OpsBindError extends PortolanError {
  readonly code = 'OPS_BIND_FAILED';
  readonly kind: ErrorKind = 'precondition';
}

/**
 * Serves `/healthz`, `/readyz`, `/metrics`, `/log-level` and the app's own routes; `/` lists them.
 * @throws OpsBindError when the port is taken or the address is not of this host
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const routes = [...builtInRoutes(options), ...logLevelRoutes(options.telemetry), ...(options.routes ?? [])];
  const logger = options.telemetry.logger('ops');
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(request, routes, logger).then((result) => {
      send(response, request.method === 'HEAD', result);
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, options);
  return {
    port,
    url: `http://${options.bind.includes(':') ? `[${options.bind}]` : options.bind}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function builtInRoutes({ telemetry, readiness }: OpsServerOptions): readonly OpsRoute[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      summary: 'this process lives',
      handle: async () => ({ status: 200, body: { status: 'alive' } }),
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'whether to send it work (200 or 503), and each check',
      handle: async () => {
        const state = readiness();
        return { status: state.ready ? 200 : 503, body: state };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      summary: 'for Prometheus',
      handle: async () => ({
        status: 200,
        body: await telemetry.registry.metrics(),
        contentType: telemetry.registry.contentType,
      }),
    },
  ];
}

async function answer(request: IncomingMessage, routes: readonly OpsRoute[], logger: Logger): Promise<OpsAnswer> {
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const [path = '/'] = (request.url ?? '/').split('?');
  const list = routes.map(
    (route) => `${route.method} ${route.path}${route.summary === undefined ? '' : `: ${route.summary}`}`,
  );
  if (path === '/' && method === 'GET') return { status: 200, body: { routes: list } };
  const here = routes.filter((route) => route.path === path);
  const route = here.find((each) => each.method === method);
  if (route === undefined) {
    return here.length === 0
      ? {
          status: 404,
          body: { code: 'OPS_NO_ROUTE', message: `nothing is at ${path}`, fix: 'use one of these', routes: list },
        }
      : {
          status: 405,
          body: {
            code: 'OPS_METHOD_NOT_ALLOWED',
            message: `${path} does not answer ${method}`,
            fix: `use ${here.map((each) => each.method).join(' or ')}`,
          },
        };
  }
  const body = await readJson(request);
  if (body.kind === 'refused') return body.answer;
  try {
    return await route.handle(body.value);
  } catch (error) {
    logger.error({ err: error, path }, 'an ops route failed');
    return {
      status: 500,
      body: { code: 'OPS_ROUTE_FAILED', message: `${path} failed`, fix: 'look in the log of this process' },
    };
  }
}

function send(response: ServerResponse, headOnly: boolean, { status, body, contentType }: OpsAnswer): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, undefined, 2)}\n`;
  response.writeHead(status, {
    'content-type': contentType ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // A refused body is not read to its end, so the connection cannot be used again.
    ...(status === 413 && { connection: 'close' }),
  });
  response.end(headOnly ? undefined : text);
}

function listen(server: Server, { bind, port }: OpsServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new OpsBindError(`cannot open the ops port ${bind}:${port}: ${error.message}`, {
          fix: `choose another --ops-port (0 is any free one), or end what listens there (ss -ltnp 'sport = :${port}')`,
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
