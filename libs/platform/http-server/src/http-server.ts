import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Sockets of gateways and browsers together. Full: the kernel refuses the next, and its client goes to another instance. */
const CONNECTIONS_MAX = 10_000;
/** Longer than gateways keep an idle socket, so that they, not we, close it: nobody writes into a socket just closed. */
const KEEP_ALIVE_MS = 75_000;
/** Headers fit one packet, a body of 100 KB a second on a bad line; slower is gone or hostile. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** The server cannot listen where it was told to. */
export class HttpBindError extends PortolanError {
  readonly code = 'HTTP_SERVER_BIND_FAILED';
  readonly kind: ErrorKind = 'precondition';
}

export interface HttpServerOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handler: RequestListener;
}

/** Disposing drains it: nobody is let in, what is being answered is finished, and its connections close. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number;
}

/** @throws HttpBindError when the port is taken or the address is not of this host */
export async function startHttpServer({ bind, port, handler }: HttpServerOptions): Promise<HttpServer> {
  const answering = new Set<ServerResponse>();
  let draining = false;
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      if (draining) response.setHeader('Connection', 'close');
      answering.add(response);
      response.once('close', () => answering.delete(response));
      handler(request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new HttpBindError(`cannot listen on ${bind}:${port}`, {
          fix: `free the port, or choose another with --port`,
          context: { bind, port },
          cause,
        }),
      );
    });
    server.listen(port, bind, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        draining = true;
        for (const response of answering) if (!response.headersSent) response.setHeader('Connection', 'close');
        server.close(() => {
          resolve();
        });
      }),
  };
}
