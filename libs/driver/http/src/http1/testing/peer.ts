import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The other end of a connection, which says whatever a test wants. Disposing cuts it. */
export class Peer implements Disposable {
  readonly socket: Socket;
  /** All that came, one character a byte. */
  received = '';
  /** In how many pieces it came. */
  reads = 0;
  hasEnded = false;
  error: Error | undefined;
  /** Resolves when the connection is no more, however that came. */
  readonly closed: Promise<void>;
  private onChange: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.onChange();
    });
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      this.reads += 1;
      this.onChange();
    });
  }

  static async open(port: number): Promise<Peer> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Peer(socket);
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'), 'latin1');
  }

  /** A GET without fields but Host. */
  get(target: string, ...fields: readonly string[]): void {
    this.send(`GET ${target} HTTP/1.1`, 'host: a', ...fields, '', '');
  }

  /** Waits until all that came holds this text so many times. Never settles when the connection ends before. */
  text(part: string, times = 1): Promise<void> {
    return this.until(() => this.received.split(part).length > times);
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = (): void => {
        if (!condition()) return;
        this.onChange = () => undefined;
        resolve();
      };
      this.onChange();
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
