import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { assert, type Clock, type Timer } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import { createCounters, type HttpCounters } from './counters.ts';
import { ListenError } from './listen-error.ts';
import { PrefaceSniffer } from './preface-sniffer.ts';
import type { ServedConnection, ServedProtocol } from './served-protocol.ts';
import { SWEEP_MS } from './time-limits.ts';

/** Sockets at a time. Full: the next is closed at once, and its client goes elsewhere; Node allows a process 20,000 files here. */
export const CONNECTIONS_MAX = 10_000;
/** A TLS client has this long for its handshake, in milliseconds. */
const HANDSHAKE_MS = 10_000;

export interface HttpServerOptions {
  /** An address of this host; port 0 is any free one. */
  readonly bind: { readonly host: string; readonly port: number };
  /** What is spoken. Over TLS the client chooses by ALPN; without TLS its first bytes tell. */
  readonly protocols: { readonly h2?: ServedProtocol; readonly 'http/1.1'?: ServedProtocol };
  /** As `node:tls` takes them; ALPN is set here. */
  readonly tls?: TlsOptions | undefined;
  readonly counters?: HttpCounters;
  readonly connectionsMax?: number;
  readonly clock?: Clock;
}

/** A listening server. Disposing it drains without a deadline. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  readonly counters: HttpCounters;
  /** Lets nobody in, and ends each connection once what is under way on it is done. Resolves when none is left; again is the same. */
  drain(): Promise<void>;
  /** Closes what is left. */
  destroy(): void;
}

/** @throws ListenError when the port is taken or the address is not of this host */
export async function startServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = new ListeningServer(options);
  await server.listen();
  return server;
}

class ListeningServer implements HttpServer {
  readonly counters: HttpCounters;
  private readonly options: HttpServerOptions;
  private readonly clock: Clock;
  private readonly connections = new Set<ServedConnection>();
  /** Accepted, and what they speak is not known yet: by peer, since a TLS socket does not tell which socket it is on. */
  private readonly fresh = new Map<string, Socket>();
  private readonly server: Server;
  private sweeping: Timer | undefined;
  /** Settled when a drain has left nothing. */
  private drained: PromiseWithResolvers<void> | undefined;

  constructor(options: HttpServerOptions) {
    const { protocols, tls } = options;
    assert(protocols.h2 !== undefined || protocols['http/1.1'] !== undefined, 'a server speaks something');
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.counters = options.counters ?? createCounters();
    if (tls === undefined) {
      this.server = createPlainServer({ allowHalfOpen: true, noDelay: true }, this.onSocket);
    } else {
      // The first that the client offers too; a client of HTTP/1.0 is answered by a server of HTTP/1.1.
      const http1 = protocols['http/1.1'] === undefined ? [] : ['http/1.1', 'http/1.0'];
      const ALPNProtocols = protocols.h2 === undefined ? http1 : ['h2', ...http1];
      this.server = createTlsServer({ ...tls, noDelay: true, ALPNProtocols, handshakeTimeout: HANDSHAKE_MS });
      this.server.on('connection', this.onRawSocket);
      this.server.on('secureConnection', this.onTlsSocket);
      this.server.on('tlsClientError', this.onTlsError);
    }
  }

  get port(): number {
    const address = this.server.address() as AddressInfo;
    return address.port;
  }

  listen(): Promise<void> {
    const { host, port } = this.options.bind;
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) => {
        reject(new ListenError(host, port, error));
      });
      this.server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
        this.sweepLater();
        resolve();
      });
    });
  }

  drain(): Promise<void> {
    if (this.drained !== undefined) return this.drained.promise;
    this.drained = Promise.withResolvers();
    this.server.close();
    for (const socket of this.fresh.values()) socket.destroy();
    for (const connection of [...this.connections]) connection.drain();
    this.checkEmpty();
    return this.drained.promise;
  }

  destroy(): void {
    void this.drain();
    for (const connection of [...this.connections]) connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  private readonly onRawSocket = (socket: Socket): void => {
    this.admit(socket);
  };

  private readonly onTlsSocket = (socket: TLSSocket): void => {
    const { protocols } = this.options;
    const { alpnProtocol } = socket;
    const name =
      alpnProtocol === 'h2' || (alpnProtocol === false && protocols['http/1.1'] === undefined) ? 'h2' : 'http/1.1';
    const protocol = protocols[name];
    // Without ALPN a client speaks HTTP/1.1 (RFC 9112); where only HTTP/2 is served, it may be one of prior knowledge.
    if (protocol === undefined) socket.destroy();
    else this.serve(socket, protocol);
  };

  private readonly onTlsError = (_error: Error, socket: TLSSocket): void => {
    this.counters.connectionErrors += 1;
    socket.destroy();
  };

  private readonly onSocket = (socket: Socket): void => {
    if (!this.admit(socket)) return;
    const { h2, 'http/1.1': http1 } = this.options.protocols;
    if (h2 !== undefined && http1 !== undefined) {
      new PrefaceSniffer(socket, (isHttp2) => {
        this.serve(socket, isHttp2 ? h2 : http1);
      }).start();
      return;
    }
    const only = h2 ?? http1;
    if (only !== undefined) this.serve(socket, only);
  };

  private admit(socket: Socket): boolean {
    const max = this.options.connectionsMax ?? CONNECTIONS_MAX;
    if (this.connections.size + this.fresh.size >= max || this.drained !== undefined) {
      this.counters.connectionsRefused += 1;
      socket.destroy();
      return false;
    }
    const peer = peerOf(socket);
    this.fresh.set(peer, socket);
    // Most leave this list by being served; who leaves before that must not count for ever.
    socket.once('close', () => {
      if (this.fresh.get(peer) === socket) this.fresh.delete(peer);
    });
    return true;
  }

  private serve(socket: Socket, protocol: ServedProtocol): void {
    const peer = peerOf(socket);
    this.fresh.delete(peer);
    if (socket.destroyed || this.drained !== undefined) {
      socket.destroy();
      return;
    }
    // A peer that has said all may still listen: HTTP/1.1 clients that half-close get their answer. Not from the beginning over TLS:
    // who leaves within a handshake would be noticed by its time limit alone.
    socket.allowHalfOpen = true;
    const connection = protocol.accept(socket, peer, () => {
      this.connections.delete(connection);
      this.checkEmpty();
    });
    this.connections.add(connection);
  }

  private sweepLater(): void {
    this.sweeping = this.clock.after(SWEEP_MS, () => {
      const now = this.clock.now();
      for (const connection of this.connections) connection.sweep(now);
      this.sweepLater();
    });
  }

  private checkEmpty(): void {
    if (this.drained === undefined || this.connections.size > 0) return;
    this.sweeping?.cancel();
    this.drained.resolve();
  }
}

const peerOf = ({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string => `${remoteAddress}:${remotePort}`;

/** As nginx has it: a burst of so many new connections waits in the kernel; more are told to try again by TCP itself. */
const LISTEN_BACKLOG = 511;
