import type { Socket } from 'node:net';
import {
  Http2Connection,
  type ErrorCode,
  type FieldSection,
  type Http2ConnectionError,
  type Http2Events,
  type Http2Limits,
  type StreamId,
  type TokenCache,
} from '@portolan/http2';
import type { Clock } from '@portolan/kernel';
import type { HttpCounters } from '../counters.ts';
import type { GoneReason } from '../gone-reason.ts';
import { latin1OfBuffer } from '../latin1-of-buffer.ts';
import { SocketWriter } from '../socket-writer.ts';
import type { TimeLimits } from '../time-limits.ts';
import type { Http2Handler } from './http2-handler.ts';
import { Http2Overdue } from './http2-overdue.ts';
import type { KeepAlive } from './keep-alive.ts';

/** What the connections of one server or client have in common. */
export interface Http2WireOptions<Context> {
  readonly role: 'client' | 'server';
  readonly handler: Http2Handler<Context>;
  readonly limits: Partial<Http2Limits>;
  readonly timeLimits: TimeLimits;
  readonly keepAlive: KeepAlive;
  /** A connection is drained at this age, ms, give or take a tenth, so that long-lived clients find new instances; Infinity: never. */
  readonly ageMaxMs: number;
  readonly extendedConnect: boolean;
  readonly anyAuthority: boolean;
  /** Of this process: literals of all connections. */
  readonly tokens: TokenCache;
  readonly clock: Clock;
  readonly counters: HttpCounters;
}

/** Room for output that a connection keeps between two sweeps: one that answered much once must not hold it while it is idle. */
const OUTPUT_KEPT_BYTES = 16_384;

/**
 * An HTTP/2 connection on a socket. Its user sends on streams by `core` and says `touch` afterwards; from within a handler's methods
 * that is not needed. Hot path: a request costs no object, closure or promise here.
 */
export class Http2Wire<Context> implements Http2Events<Context> {
  readonly core: Http2Connection<Context>;
  readonly socket: Socket;
  /** The other end, `address:port`. */
  readonly peer: string;
  /** What whoever uses its streams holds in memory for its peer, in bytes: for that user to count and to bound. */
  heldBytes = 0;
  private readonly options: Http2WireOptions<Context>;
  private readonly writer: SocketWriter;
  private readonly overdue: Http2Overdue<Context>;
  private readonly onGone: (wire: Http2Wire<Context>, reason: GoneReason) => void;
  /** The handler runs within a read: what it causes leaves when all of the read was seen. */
  private isReading = false;
  private isTouched = false;
  private reason: GoneReason | undefined;
  private closes = false;

  /** @param onGone for the book of whoever made it; the handler's own comes first */
  constructor(
    socket: Socket,
    peer: string,
    options: Http2WireOptions<Context>,
    onGone: (wire: Http2Wire<Context>, reason: GoneReason) => void,
  ) {
    this.socket = socket;
    this.peer = peer;
    this.options = options;
    this.onGone = onGone;
    const { role, limits, clock, tokens, extendedConnect, anyAuthority } = options;
    const now = clock.now();
    this.core = new Http2Connection<Context>(
      { role, limits, now, tokens, extendedConnect, anyAuthority, latin1: latin1OfBuffer },
      this,
    );
    this.writer = new SocketWriter(socket, this.core.output, this.onWritten);
    this.overdue = new Http2Overdue(this, options, now);
    options.counters.connections += 1;
    options.counters.connectionsOpen += 1;
    socket.setNoDelay(true);
    socket.on('data', this.onBytes);
    socket.on('end', this.onPeerEnd);
    socket.on('error', this.onSocketError);
    socket.on('close', this.onSocketClose);
    this.flush();
  }

  /** Bytes are to be written that no read of this connection caused: they leave when the running piece of work ends. */
  touch(): void {
    if (this.isReading || this.isTouched) return;
    this.isTouched = true;
    process.nextTick(this.flushTouched);
  }

  /** A read of the handler's is done with: the peer may send as much again. */
  consume(stream: StreamId, bytes: number): void {
    this.core.consume(stream, bytes);
  }

  /** Ends it without losing a request; see `Http2Connection.drain`. */
  drain(): void {
    this.core.drain();
    this.overdue.drains();
    this.touch();
  }

  /** Ends it now. */
  end(reason: GoneReason): void {
    this.reason ??= reason;
    this.socket.destroy();
  }

  /** The peer broke a bound: says so to it, and ends. */
  refuse(code: ErrorCode, reason: GoneReason): void {
    this.reason ??= reason;
    this.core.abort(code, reason.kind === 'slow' ? reason.what : reason.kind);
    this.close();
  }

  /** What is overdue is ended; called every `SWEEP_MS`. */
  sweep(now: number): void {
    this.overdue.sweep(now);
    this.flush();
    const { output } = this.core;
    if (output.length === 0 && output.bytes.length > OUTPUT_KEPT_BYTES) output.detach();
  }

  /** Whether output waits for the peer. */
  get isBlocked(): boolean {
    return this.writer.isBlocked;
  }

  /** Whether it is about to end: nothing is to be begun on it. */
  get isClosing(): boolean {
    return this.closes || this.socket.destroyed;
  }

  onHead(stream: StreamId, head: FieldSection, endStream: boolean, context: Context | undefined): Context {
    if (this.options.role === 'server') this.began();
    return this.options.handler.onHead(this, stream, head, endStream, context);
  }

  /** A request has begun; clients say so when they open a stream. */
  began(): void {
    const { counters } = this.options;
    counters.requests += 1;
    counters.requestsOpen += 1;
  }

  onInterim(context: Context, stream: StreamId, head: FieldSection): void {
    this.options.handler.onInterim?.(context, stream, head);
  }

  onData(context: Context, stream: StreamId, bytes: Uint8Array, start: number, end: number): void {
    this.overdue.contentCame(end - start);
    this.options.handler.onData(context, stream, bytes, start, end);
  }

  onEnd(context: Context, stream: StreamId, trailers: FieldSection | undefined): void {
    this.options.handler.onEnd(context, stream, trailers);
  }

  onWritable(context: Context, stream: StreamId): void {
    this.options.handler.onWritable(context, stream);
  }

  onClose(context: Context, stream: StreamId, code: ErrorCode, isUnprocessed: boolean): void {
    const { counters, handler } = this.options;
    counters.requestsOpen -= 1;
    if (code !== 0) counters.requestsBroken += 1;
    handler.onClose(context, stream, code, isUnprocessed);
    handler.onRoom?.(this);
  }

  onSettings(): void {
    this.options.handler.onRoom?.(this);
  }

  onPong(): void {
    this.overdue.ponged();
  }

  onGoaway(): void {
    this.options.handler.onGoaway?.(this);
  }

  onDrained(): void {
    this.reason ??= { kind: 'drained' };
    // Who reads the last answer slowly has the time of any reader: the closing is waited for once it is written.
    this.closes = true;
    this.touch();
  }

  onError(error: Http2ConnectionError): void {
    this.options.counters.connectionErrors += 1;
    this.reason ??= { kind: 'protocol', error };
    this.close();
  }

  private readonly onBytes = (bytes: Buffer): void => {
    const now = this.options.clock.now();
    this.options.counters.bytesRead += bytes.length;
    this.overdue.bytesCame(bytes.length, now);
    this.isReading = true;
    this.core.receive(bytes, 0, bytes.length, now);
    this.isReading = false;
    this.flush();
  };

  private readonly flushTouched = (): void => {
    this.isTouched = false;
    this.flush();
  };

  private flush(): void {
    const { core, writer } = this;
    // Whoever is told of room may fill it again.
    while (core.output.length > 0) {
      const { length } = core.output;
      if (!writer.write()) break;
      this.options.counters.bytesWritten += length;
      this.isReading = true;
      core.flushed();
      this.isReading = false;
    }
    if (this.closes && core.output.length === 0 && !writer.isBlocked && !this.socket.writableEnded) {
      this.socket.end();
      this.overdue.lingers();
    }
  }

  private readonly onWritten = (): void => {
    this.overdue.outputTaken();
    this.flush();
  };

  /** Says its last words and closes. */
  private close(): void {
    this.closes = true;
    this.overdue.lingers();
    this.touch();
  }

  private readonly onPeerEnd = (): void => {
    this.reason ??= { kind: 'closed-by-peer' };
    // What was asked is answered as far as the peer's windows allow.
    this.core.drain();
    if (this.core.streamCount === 0) this.close();
    else this.overdue.lingers();
    this.flush();
  };

  private readonly onSocketError = (error: Error): void => {
    this.reason ??= { kind: 'socket', error };
  };

  private readonly onSocketClose = (): void => {
    this.options.counters.connectionsOpen -= 1;
    this.closes = true;
    this.core.close();
    const reason = this.reason ?? { kind: 'closed-by-peer' };
    this.options.handler.onGone?.(this, reason);
    this.onGone(this, reason);
  };
}
