import { connect, type Socket } from 'node:net';
import { Http2Connection, type Http2Events } from '@portolan/http2';

const HOST = '127.0.0.1';
/** Connections that are being made at a time: fewer than a server's backlog. */
const AT_ONCE = 100;
const PING = new Uint8Array(8);

const REQUEST = [
  [':method', 'GET', ':scheme', 'http', ':path', '/events', ':authority', HOST],
  ['user-agent', 'portolan-bench', 'accept', 'text/event-stream', 'x-tenant', 'acme'],
].flat();

/** One connection that says nothing by itself. */
class IdleClient {
  readonly #socket: Socket;
  readonly #connection: Http2Connection<number>;
  #onPong: () => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;

  constructor(port: number) {
    const nothing = (): void => undefined;
    const fail = (error: Error): void => {
      this.#onFailed(error);
    };
    const events: Http2Events<number> = {
      onHead: () => 0,
      onInterim: nothing,
      onData: nothing,
      onEnd: nothing,
      onWritable: nothing,
      onClose: nothing,
      onSettings: nothing,
      onPong: () => {
        this.#onPong();
      },
      onGoaway: nothing,
      onDrained: nothing,
      onError: fail,
    };
    this.#connection = new Http2Connection<number>({ role: 'client', now: 0 }, events);
    this.#socket = connect(port, HOST);
    this.#socket.on('error', fail);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#connection.receive(bytes, 0, bytes.length, 0);
      this.#write();
    });
  }

  /** Resolves when the server has read all that was sent: it answers a PING. */
  async settled(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#onPong = () => {
      resolve(undefined);
    };
    this.#onFailed = reject;
    this.#connection.ping(PING);
    this.#write();
    await promise;
  }

  /** Begins requests that are never answered. */
  open(streams: number): void {
    for (let opened = 0; opened < streams; opened += 1) {
      if (this.#connection.open(REQUEST, true, 0) === undefined) throw new Error('the server takes no more streams');
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(): void {
    const { output } = this.#connection;
    if (output.length === 0) return;
    this.#socket.write(output.bytes.slice(0, output.length));
    output.clear();
  }
}

/** Connections to one server, from this process. */
export class IdleClients implements Disposable {
  readonly #clients: IdleClient[] = [];
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when so many more have exchanged their SETTINGS with the server. */
  async connect(count: number): Promise<void> {
    for (let connected = 0; connected < count; connected += AT_ONCE) {
      const more = Array.from({ length: Math.min(AT_ONCE, count - connected) }, () => new IdleClient(this.#port));
      this.#clients.push(...more);
      // The first answer brings the server's SETTINGS, the second one follows their acknowledgement.
      for (let round = 0; round < 2; round += 1) await Promise.all(more.map((client) => client.settled()));
    }
  }

  /** Resolves when the server has so many requests on each connection. */
  async open(streamsEach: number): Promise<void> {
    for (const client of this.#clients) client.open(streamsEach);
    await Promise.all(this.#clients.map((client) => client.settled()));
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}
