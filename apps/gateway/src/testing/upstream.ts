import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** One instance of a service: a real HTTP server. Disposing cuts its connections. */
export interface Upstream extends AsyncDisposable {
  readonly address: string;
  /** `GET /path` of each request, in order of arrival. */
  readonly requests: readonly string[];
  /** Sockets it has accepted so far. */
  readonly connections: number;
  onUpgrade(listener: (request: IncomingMessage, socket: Duplex) => void): void;
}

export async function startUpstream(handler: Handler = echo): Promise<Upstream> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    void handler(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `127.0.0.1:${port}`,
    requests,
    get connections() {
      return sockets.size;
    },
    onUpgrade(listener) {
      server.on('upgrade', listener);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers with what it was asked. */
export const echo: Handler = async (request, response) => {
  const body = await text(request);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
};

/** An address where nothing listens any more. */
export async function nowhere(): Promise<string> {
  const upstream = await startUpstream();
  await upstream[Symbol.asyncDispose]();
  return upstream.address;
}
