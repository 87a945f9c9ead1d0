import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port in front of a server, for a test to break: what a caller sees is what it sees of a host that dies. */
export interface Gate extends AsyncDisposable {
  readonly address: string;
  /** Connections that reached it, since its beginning. */
  readonly connections: number;
  /** Those open now. */
  readonly open: number;
  /** Every connection breaks, and the next are refused. */
  cut(): Promise<void>;
  /** Every connection ends in peace: their callers know when this resolves. The next are refused. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  mend(): Promise<void>;
  /** From now on connections are taken and nothing comes of them. */
  silence(): void;
}

export async function openGate(backendPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let silent = false;
  let connections = 0;
  let port = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const listen = async (): Promise<Server> => {
    const listening = createServer((socket) => {
      connections += 1;
      keep(socket);
      if (silent) return;
      const backend = connect({ port: backendPort, host: '127.0.0.1', noDelay: true });
      backend.on('error', () => undefined);
      backend.once('close', () => socket.destroy());
      socket.once('close', () => backend.destroy());
      socket.pipe(backend).pipe(socket);
    }).listen(port, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (typeof address === 'object' && address !== null) ({ port } = address);
    return listening;
  };
  let server: Server | undefined = await listen();
  const stop = async (leave: (socket: Socket) => void): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) leave(socket);
    await closed;
  };
  const cut = (): Promise<void> => stop((socket) => socket.destroy());
  return {
    address: `127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    cut,
    close: () => stop((socket) => socket.end()),
    mend: async () => {
      silent = false;
      server ??= await listen();
    },
    silence: () => {
      silent = true;
    },
    [Symbol.asyncDispose]: cut,
  };
}
