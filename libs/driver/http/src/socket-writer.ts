import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a core wants written; see `Output` of either protocol. */
export interface PendingOutput {
  readonly bytes: Uint8Array;
  readonly length: number;
  clear(): void;
  detach(): void;
}

const NOTHING = new Uint8Array(0);

/**
 * Writes a core's output, one write at a time: what is added meanwhile waits in the output, where the core's limits count it, and
 * leaves in one piece. Hot path: when the kernel takes all at once, nothing is allocated but Node's own request.
 */
export class SocketWriter {
  /** A write waits for the peer. */
  isBlocked = false;
  private readonly socket: Socket;
  private readonly output: PendingOutput;
  private readonly onRoom: () => void;
  private readonly isTls: boolean;

  /** @param onRoom the write that was waited for is done, and more can be written */
  constructor(socket: Socket, output: PendingOutput, onRoom: () => void) {
    this.socket = socket;
    this.output = output;
    this.onRoom = onRoom;
    this.isTls = socket instanceof TLSSocket;
  }

  /** Writes what there is. @returns whether the output was handed on: `flushed` is due */
  write(): boolean {
    const { output, socket } = this;
    const { length } = output;
    if (length === 0 || this.isBlocked || socket.destroyed || socket.writableEnded) return false;
    const bytes = output.bytes.subarray(0, length);
    if (this.isTls) {
      // Encrypted writes never finish at once.
      this.isBlocked = true;
      output.detach();
      socket.write(bytes, this.written);
      return true;
    }
    socket.write(bytes);
    if (socket.writableLength === 0) {
      output.clear();
    } else {
      output.detach();
      this.isBlocked = true;
      // Comes to pass when all before it has; a callback on each write would cost a tick of the event loop.
      socket.write(NOTHING, this.written);
    }
    return true;
  }

  private readonly written = (error?: Error | null): void => {
    this.isBlocked = false;
    // The socket's own events tell of its end.
    if (error === undefined || error === null) this.onRoom();
  };
}
