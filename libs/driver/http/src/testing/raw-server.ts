import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { PREFACE } from '@portolan/http2';
import { FLAG, FrameCutter, settings, SETTINGS_ACK, TYPE, type Frame } from './frames.ts';

/** One connection of a server that says whatever a test wants. */
export class RawConnection {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  private readonly cutter = new FrameCutter();
  private prefaceLeft = PREFACE.length;

  constructor(socket: Socket, onFrame: (frame: Frame, connection: RawConnection) => void) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const skipped = Math.min(this.prefaceLeft, bytes.length);
      this.prefaceLeft -= skipped;
      for (const frame of this.cutter.cut(bytes.subarray(skipped))) {
        this.frames.push(frame);
        onFrame(frame, this);
      }
    });
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Says its settings, and that it has seen the client's. */
  greet(...pairs: readonly (readonly [identifier: number, value: number])[]): void {
    this.send(settings(...pairs), SETTINGS_ACK);
  }
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: RawConnection[];
}

export interface RawServerOptions {
  readonly tls?: TlsOptions;
  /** 0: any free one. */
  readonly port?: number;
  readonly onConnection?: (connection: RawConnection, count: number) => void;
  readonly onFrame?: (frame: Frame, connection: RawConnection) => void;
}

/** A server of HTTP/2 that says by hand what a test wants. Disposing cuts its connections. */
export async function startRawServer({ tls, port = 0, ...hooks }: RawServerOptions = {}): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const accept = (socket: Socket): void => {
    const connection = new RawConnection(socket, hooks.onFrame ?? ((): void => undefined));
    connections.push(connection);
    hooks.onConnection?.(connection, connections.length);
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on('tlsClientError', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return {
    port: address.port,
    connections,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const { socket } of connections) socket.destroy();
      await closed;
    },
  };
}

/** Whether a frame begins a stream. */
export const isHead = ({ type, flags }: Frame): boolean => type === TYPE.headers && (flags & FLAG.endHeaders) !== 0;
