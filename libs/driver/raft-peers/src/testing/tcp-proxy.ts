import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between two processes, so that a test can cut them off from each other. Bytes go through as they come.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Both ways, of all connections. */
  bytes = 0;
  readonly #target: () => number;
  #isPaused = false;
  /** Connections since it was opened. */
  accepted = 0;
  /** Nobody is let in. */
  isClosed = false;

  private constructor(server: Server, target: () => number) {
    this.#server = server;
    this.#target = target;
  }

  /** @param target the port behind it, asked for with each connection */
  static async open(target: () => number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, target);
    server.on('connection', (socket) => {
      proxy.#join(socket);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a proxy listens at a port');
    const { port }: AddressInfo = address;
    return `127.0.0.1:${port}`;
  }

  /** Open ones. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Ends all connections as a crash does. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Takes nothing, and says nothing of it: what a host does that is gone. */
  pause(): void {
    this.#isPaused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    this.accepted += 1;
    if (this.isClosed) {
      near.resetAndDestroy();
      return;
    }
    const far = createConnection({ port: this.#target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    near.setNoDelay(true);
    this.#forward(near, far);
    this.#forward(far, near);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      this.bytes += bytes.length;
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => {
        if (!this.#isPaused) from.resume();
      });
    });
    from.on('end', () => {
      to.end();
    });
    from.on('error', () => {
      to.resetAndDestroy();
    });
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#isPaused) from.pause();
  }
}
