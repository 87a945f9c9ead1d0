import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameCutter, SETTINGS_ACK, TYPE, FLAG, type Frame } from './frames.ts';

const TIMES_A_TURN = 100;

/** A client of HTTP/2 that says whatever a test wants, on a plain socket. Disposing cuts it. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** What came, as far as it was read. */
  readonly frames: Frame[] = [];
  /** Bytes that came. */
  received = 0;
  /** SETTINGS are acknowledged as they come: a server that hears nothing of its own ends the connection. */
  acknowledges = true;
  private hasSpoken = false;
  private owesAcknowledgement = false;
  /** Resolves when the connection is no more, however that came. */
  readonly closed: Promise<void>;
  private readonly cutter = new FrameCutter();
  private readonly waiting: { readonly wanted: (frame: Frame) => boolean; readonly found: (frame: Frame) => void }[] =
    [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
      for (const frame of this.cutter.cut(bytes)) this.take(frame);
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** @returns whether the kernel takes more at the moment */
  send(...parts: readonly Uint8Array[]): boolean {
    this.hasSpoken = true;
    const takesMore = this.socket.write(Buffer.concat(parts));
    this.acknowledge();
    return takesMore;
  }

  /** Waits for a frame that came already or will; never settles when the connection ends before. */
  frame(wanted: (frame: Frame) => boolean): Promise<Frame> {
    const found = this.frames.find(wanted);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      this.waiting.push({ wanted, found: resolve });
    });
  }

  frameOf(type: number, stream = 0): Promise<Frame> {
    return this.frame((frame) => frame.type === type && frame.stream === stream);
  }

  /** Writes as fast as the server reads, until it has had enough or so many times. @returns how many times */
  async flood(times: number, part: (time: number) => Uint8Array): Promise<number> {
    const { socket } = this;
    for (let time = 0; time < times; time += 1) {
      if (socket.destroyed || socket.writableEnded) return time;
      // Others have a turn too, the server among them.
      if (time % TIMES_A_TURN === 0) await new Promise(setImmediate);
      if (!socket.write(part(time))) await Promise.race([once(socket, 'drain').catch(() => undefined), this.closed]);
    }
    return times;
  }

  /** Reads nothing any more: the kernel's buffers fill, and then the server's. */
  stopReading(): void {
    this.socket.pause();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** Not before the preface. */
  private acknowledge(): void {
    if (!this.owesAcknowledgement || !this.hasSpoken || !this.acknowledges) return;
    this.owesAcknowledgement = false;
    this.socket.write(SETTINGS_ACK);
  }

  private take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.type === TYPE.settings && (frame.flags & FLAG.ack) === 0) this.owesAcknowledgement = true;
    this.acknowledge();
    for (let index = this.waiting.length - 1; index >= 0; index -= 1) {
      if (this.waiting[index]?.wanted(frame) !== true) continue;
      this.waiting.splice(index, 1)[0]?.found(frame);
    }
  }
}

/** The code of a GOAWAY or RST_STREAM. */
export const codeOf = ({ type, payload }: Frame): number => payload.readUInt32BE(type === TYPE.goaway ? 4 : 0);
