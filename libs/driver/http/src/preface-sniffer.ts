import type { Socket } from 'node:net';
import { PREFACE } from '@portolan/http2';

/** So many bytes tell: no HTTP/1.1 method is `PRI`, which is reserved for this (RFC 9113, section 11.6). */
const TELLING_BYTES = 4;
/** Who says nothing for this long, in milliseconds, will not be served. */
const SILENCE_MS = 10_000;

/** Learns from a connection's first bytes whether it is HTTP/2 by prior knowledge, and puts them back. */
export class PrefaceSniffer {
  private readonly socket: Socket;
  private readonly onKnown: (isHttp2: boolean) => void;
  private seen: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onKnown: (isHttp2: boolean) => void) {
    this.socket = socket;
    this.onKnown = onKnown;
  }

  start(): void {
    const { socket } = this;
    socket.setTimeout(SILENCE_MS, this.onEnd);
    socket.on('readable', this.onReadable);
    socket.on('error', this.onEnd);
    socket.on('end', this.onEnd);
  }

  private readonly onReadable = (): void => {
    const { socket } = this;
    const bytes: unknown = socket.read();
    if (!Buffer.isBuffer(bytes)) return;
    this.seen = Buffer.concat([this.seen, bytes]);
    const start = this.seen.toString('latin1', 0, TELLING_BYTES);
    const isHttp2 = PREFACE.startsWith(start);
    // The beginning of either: more must come.
    if (isHttp2 && start.length < TELLING_BYTES) return;
    socket.off('readable', this.onReadable);
    socket.off('error', this.onEnd);
    socket.off('end', this.onEnd);
    socket.setTimeout(0);
    socket.off('timeout', this.onEnd);
    socket.unshift(this.seen);
    this.onKnown(isHttp2);
    socket.resume();
  };

  private readonly onEnd = (): void => {
    this.socket.destroy();
  };
}
