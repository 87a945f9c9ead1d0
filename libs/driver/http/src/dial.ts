import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type ConnectionOptions } from 'node:tls';
import type { Clock, Timer } from '@portolan/kernel';

/** A peer that does not take the connection within this is away, ms. */
export const CONNECT_MS = 5_000;

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** As `node:tls` takes them; ALPN is set here. undefined: without TLS. */
  readonly tls?: ConnectionOptions | undefined;
  /** What is going to be spoken. Over TLS the server must agree by ALPN; one that has no ALPN speaks HTTP/1.1. */
  readonly protocol: 'h2' | 'http/1.1';
}

const NAMES = { h2: 'HTTP/2', 'http/1.1': 'HTTP/1.1' } as const;

/** The address of a server, as people write it. */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** One attempt at a connection. Either `onConnected` or `onFailed` is called, once, unless it is cancelled; `onFailed` never after `done`. */
export class Dial {
  private readonly target: DialTarget;
  private readonly socket: Socket;
  private readonly timer: Timer;
  private readonly onConnected: (socket: Socket) => void;
  private readonly onFailed: (cause: Error) => void;
  private cause: Error | undefined;

  /** @param onConnected the socket belongs to the caller, who says `done` once the peer is seen to speak: until then it is timed */
  constructor(
    target: DialTarget,
    clock: Clock,
    onConnected: (socket: Socket) => void,
    onFailed: (cause: Error) => void,
  ) {
    const { host, port, tls, protocol } = target;
    this.target = target;
    this.onConnected = onConnected;
    this.onFailed = onFailed;
    // A server that has said all may still listen to the rest of a request, or of a tunnel.
    const shared = { host, port, allowHalfOpen: protocol === 'http/1.1' };
    this.socket =
      tls === undefined
        ? connectPlain({ ...shared, noDelay: true })
        : connectTls({ ...tls, ...shared, ALPNProtocols: [protocol] });
    this.timer = clock.after(CONNECT_MS, () => {
      this.socket.destroy(new Error(`no ${NAMES[protocol]} connection within ${CONNECT_MS} ms`));
    });
    this.socket.on('error', this.onError);
    this.socket.on('close', this.onClose);
    this.socket.once(tls === undefined ? 'connect' : 'secureConnect', this.onOpen);
  }

  /** The peer speaks: it is no longer timed. */
  done(): void {
    this.timer.cancel();
  }

  /** Neither callback is called any more. */
  cancel(): void {
    this.timer.cancel();
    this.socket.off('close', this.onClose);
    this.socket.destroy();
  }

  private readonly onError = (error: Error): void => {
    this.cause = error;
  };

  private readonly onClose = (): void => {
    this.timer.cancel();
    this.onFailed(this.cause ?? new Error('the connection was closed while it was being opened'));
  };

  private readonly onOpen = (): void => {
    const { socket } = this;
    const { protocol } = this.target;
    if (socket instanceof TLSSocket && !isAgreed(socket, protocol)) {
      socket.destroy(new Error(`the server does not speak ${NAMES[protocol]} (ALPN)`));
      return;
    }
    socket.off('error', this.onError);
    socket.off('close', this.onClose);
    this.onConnected(socket);
  };
}

function isAgreed({ alpnProtocol }: TLSSocket, protocol: DialTarget['protocol']): boolean {
  return alpnProtocol === protocol || (protocol === 'http/1.1' && alpnProtocol === false);
}
