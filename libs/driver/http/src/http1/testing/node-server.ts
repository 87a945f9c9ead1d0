import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server as RawServer, type Socket } from 'node:net';

interface Listening<S> extends AsyncDisposable {
  readonly server: S;
  readonly port: number;
}

async function listening<S extends RawServer>(server: S, stop: () => void): Promise<Listening<S>> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      stop();
      await closed;
    },
  };
}

/** A server of `node:http` on a free port. */
export function startNode(listener: RequestListener, options: ServerOptions = {}): Promise<Listening<Server>> {
  const server = createServer(options, listener);
  const sockets = new Set<Socket>();
  // What was upgraded is none of the server's connections any more.
  server.on('connection', (socket) => sockets.add(socket));
  return listening(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** A server that says what a test wants. */
export function startRaw(onSocket: (socket: Socket) => void): Promise<Listening<RawServer>> {
  const sockets = new Set<Socket>();
  const server = createRawServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  return listening(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** Answers what comes on a socket with what is given, one read after another. */
export function answers(socket: Socket, ...texts: readonly (string | (() => void))[]): void {
  let at = 0;
  socket.on('data', () => {
    const text = texts[at];
    at += 1;
    if (typeof text === 'string') socket.write(text, 'latin1');
    else text?.();
  });
}

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A listener that greets. */
export const hello: RequestListener = (_, response) => {
  response.end('hello');
};
