import type { Socket } from 'node:net';
import type { Clock } from '@portolan/kernel';
import type { HttpCounters } from '../counters.ts';
import type { GoneReason } from '../gone-reason.ts';
import { SocketWriter, type PendingOutput } from '../socket-writer.ts';

/** What the cores of both roles are to their socket; see the driver's contract of `Http1Server`. */
export interface Http1Core {
  readonly output: PendingOutput;
  readonly wantsClose: boolean;
  /** A client's core always wants to read. */
  readonly wantsRead?: boolean;
  receive(bytes: Uint8Array, start: number, end: number, now: number): void;
  receiveEnd(): void;
  flushed(): void;
}

/** Who owns a link: the wire of either role. */
export interface LinkOwner {
  /** Events may have been told: what they ended is closed. What is sent from here leaves with the rest. */
  onTurn(): void;
  /** The peer ended its side. */
  onPeerEnd(): void;
  /** The core wants to close, and has nothing more to say. May come again. */
  onWantsClose(): void;
  onClose(reason: GoneReason): void;
}

/**
 * An HTTP/1.1 core on a socket: bytes in, bytes out, one write for what one read caused. Hot path: a request costs no object, closure or
 * promise here.
 */
export class Http1Link {
  readonly socket: Socket;
  /** The user takes nothing more at present. */
  isHeld = false;
  private readonly core: Http1Core;
  private readonly owner: LinkOwner;
  private readonly clock: Clock;
  private readonly counters: HttpCounters;
  private readonly writer: SocketWriter;
  private isReading = false;
  private isTouched = false;
  private isPaused = false;
  private reason: GoneReason | undefined;

  constructor(socket: Socket, core: Http1Core, owner: LinkOwner, clock: Clock, counters: HttpCounters) {
    this.socket = socket;
    this.core = core;
    this.owner = owner;
    this.clock = clock;
    this.counters = counters;
    this.writer = new SocketWriter(socket, core.output, this.onWritten);
    counters.connections += 1;
    counters.connectionsOpen += 1;
    socket.setNoDelay(true);
    socket.on('data', this.onBytes);
    socket.on('end', this.onPeerEnd);
    socket.on('error', this.onSocketError);
    socket.on('close', this.onSocketClose);
  }

  /** Output waits for the peer. */
  get isBlocked(): boolean {
    return this.writer.isBlocked;
  }

  /** Something was sent, or changed, that no read of this connection caused: it is seen to when the running piece of work ends. */
  touch(): void {
    if (this.isReading || this.isTouched) return;
    this.isTouched = true;
    process.nextTick(this.flushTouched);
  }

  /** Why the connection ends; the first reason stays. */
  because(reason: GoneReason): void {
    this.reason ??= reason;
  }

  /** Ends it now. */
  destroy(reason: GoneReason): void {
    this.reason ??= reason;
    this.socket.destroy();
  }

  /**
   * Ends it so that the peer cannot take it for a regular end, and the kernel keeps nothing for a peer that takes nothing. TLS says
   * by itself when an end is regular.
   */
  reset(reason: GoneReason): void {
    this.reason ??= reason;
    if ('encrypted' in this.socket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** Calls into the core that tell events belong in here. */
  run(work: () => void): void {
    this.isReading = true;
    work();
    this.isReading = false;
    this.flush();
  }

  flush(): void {
    const { core, writer, owner } = this;
    const { output } = core;
    for (;;) {
      const { length } = output;
      const isWritten = writer.write();
      if (isWritten) this.counters.bytesWritten += length;
      this.isReading = true;
      core.flushed();
      owner.onTurn();
      this.isReading = false;
      // Whoever was told of room may have filled it again; what cannot be written waits.
      if (output.length === 0 || (length > 0 && !isWritten)) break;
    }
    if (this.socket.destroyed) return;
    if (core.wantsClose && output.length === 0) owner.onWantsClose();
    const isPaused = this.isHeld || core.wantsRead === false;
    if (isPaused === this.isPaused) return;
    this.isPaused = isPaused;
    if (isPaused) this.socket.pause();
    else this.socket.resume();
  }

  private readonly flushTouched = (): void => {
    this.isTouched = false;
    this.flush();
  };

  private readonly onBytes = (bytes: Buffer): void => {
    this.counters.bytesRead += bytes.length;
    this.isReading = true;
    this.core.receive(bytes, 0, bytes.length, this.clock.now());
    this.isReading = false;
    this.flush();
  };

  private readonly onWritten = (): void => {
    this.flush();
  };

  private readonly onPeerEnd = (): void => {
    this.reason ??= { kind: 'closed-by-peer' };
    this.isReading = true;
    this.core.receiveEnd();
    this.owner.onPeerEnd();
    this.isReading = false;
    this.flush();
  };

  private readonly onSocketError = (error: Error): void => {
    this.reason ??= { kind: 'socket', error };
  };

  private readonly onSocketClose = (): void => {
    this.counters.connectionsOpen -= 1;
    this.owner.onClose(this.reason ?? { kind: 'closed-by-peer' });
  };
}
