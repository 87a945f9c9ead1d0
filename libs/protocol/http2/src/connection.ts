import { assert } from '@portolan/kernel';
import { CallbackErrors } from './callback-errors.ts';
import { Http2ConnectionError, Http2FieldError } from './connection-error.ts';
import type { Http2Events, StreamId } from './events.ts';
import { pseudoValue, REQUEST_HEAD, RESPONSE_HEAD, TRAILERS } from './field-check.ts';
import { statusOf } from './field-section.ts';
import { FloodGuard } from './flood-guard.ts';
import { ERROR_CODE, PREFACE, SETTING, STREAM_ID_MAX, WINDOW_DEFAULT, type ErrorCode } from './frame.ts';
import { CompressionError } from './hpack/compression-error.ts';
import { DEFAULT_TABLE_BYTES } from './hpack/encoder.ts';
import { latin1OfBytes, TokenCache, type Latin1 } from './hpack/token-cache.ts';
import { checkLimits, DEFAULT_LIMITS, type Http2Limits } from './limits.ts';
import { Lifecycle } from './lifecycle.ts';
import { Output } from './output.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { StreamTable, STATE } from './stream-table.ts';

export interface Http2Options {
  readonly role: 'client' | 'server';
  readonly limits?: Partial<Http2Limits>;
  /** Now, in milliseconds of a clock that never goes back. */
  readonly now: number;
  /** Fast text of bytes; a cache may serve all connections of a process. */
  readonly tokens?: TokenCache;
  readonly latin1?: Latin1;
  /** Where output is written; a driver may have a pool. Content does not matter. */
  readonly allocate?: (bytes: number) => Uint8Array;
  /** Offers extended CONNECT, as WebSockets use it (RFC 8441; server). */
  readonly extendedConnect?: boolean;
  /** Takes an :authority that is none, as etcdctl's URL (server); only where nobody passes it on. Default: such a request is malformed. */
  readonly anyAuthority?: boolean;
}

/** The payload of the PING between the two GOAWAYs of a drain. */
const DRAIN_PING = Uint8Array.of(0x70, 0x6f, 0x72, 0x74, 0x6f, 0x6c, 0x61, 0x6e);

/**
 * One HTTP/2 connection without I/O (RFC 9113), in either role. Give it what the socket has read with `receive`, write what is
 * then in `output`, and call `flushed` when the socket took it. All that one read causes leaves in one write.
 *
 * It reads no clock: `receive` is given the time, and `expire` is to be called at `deadline`.
 * Methods on a stream that is over do nothing, since a reset may cross them on the way.
 */
export class Http2Connection<Context> {
  readonly output: Output;
  private readonly events: Http2Events<Context>;
  private readonly limits: Http2Limits;
  private readonly streams: StreamTable<Context>;
  private readonly sender: Sender<Context>;
  private readonly lifecycle: Lifecycle<Context>;
  private readonly receiver: Receiver<Context>;
  private readonly isServer: boolean;
  private failed = false;
  private isReceiving = false;

  constructor(options: Http2Options, events: Http2Events<Context>) {
    const limits: Http2Limits = { ...DEFAULT_LIMITS, ...options.limits };
    checkLimits(limits);
    this.limits = limits;
    this.events = events;
    this.isServer = options.role === 'server';
    this.output = new Output(options.allocate ?? ((bytes): Uint8Array => new Uint8Array(bytes)));
    this.streams = new StreamTable(limits.concurrentStreams);
    this.sender = new Sender(this.output, this.streams, limits);
    const floods = new FloodGuard(limits, options.now);
    this.lifecycle = new Lifecycle(events, this.streams, this.sender, floods, limits, this.isServer);
    this.receiver = new Receiver({
      isServer: this.isServer,
      extendedConnect: options.extendedConnect === true,
      anyAuthority: options.anyAuthority === true,
      limits,
      streams: this.streams,
      sender: this.sender,
      lifecycle: this.lifecycle,
      events,
      tokens: options.tokens ?? new TokenCache(options.latin1 ?? latin1OfBytes),
      latin1: options.latin1 ?? latin1OfBytes,
      floods,
      settingsDeadline: options.now + limits.settingsAckMs,
      drainPing: DRAIN_PING,
    });
    this.begin(options);
  }

  /** Streams that are open. */
  get streamCount(): number {
    return this.streams.size;
  }

  /** Streams that the peer lets us have at a time (client). */
  get streamsMax(): number {
    return Math.min(this.receiver.whole.peerStreamsMax, this.limits.concurrentStreams);
  }

  /** Whether the server takes extended CONNECT (RFC 8441; client): known with `onSettings`. */
  get hasExtendedConnect(): boolean {
    return this.receiver.whole.hasExtendedConnect;
  }

  /** Whether `open` can be called: not spent, and below `streamsMax`. */
  get canOpen(): boolean {
    return !this.isSpent && this.streams.size < this.streamsMax;
  }

  /** No stream can be opened on it any more, whatever ends: failed, drained, or out of ids (client). */
  get isSpent(): boolean {
    return this.failed || this.lifecycle.isGoingAway || this.lifecycle.nextStream > STREAM_ID_MAX;
  }

  /**
   * Whether content of some stream is its peer's to send: it has begun, is not over, and its user has consumed all that came.
   * Tunnels do not count: their ends speak when they like.
   */
  get owesContent(): boolean {
    return !this.failed && this.lifecycle.receiveWindow > 0 && this.streams.owesContent;
  }

  /** Frames that came whole: who is midway and counts no more is slow. */
  get framesReceived(): number {
    return this.receiver.framesReceived;
  }

  /** A preface, frame or header block has begun and is not whole; DATA does not count, it is handed on as it comes. */
  get isMidway(): boolean {
    return !this.failed && this.receiver.isMidway;
  }

  /** When `expire` is to be called, in milliseconds of the clock of `now`; undefined: not at all. */
  get deadline(): number | undefined {
    return this.failed ? undefined : this.receiver.whole.settingsDeadline;
  }

  /**
   * Takes what was read. Never throws for what a peer sends: `onError` says what was wrong with it.
   * @throws what an event threw: the connection is lost then (INTERNAL_ERROR), since nobody knows what was not done
   */
  receive(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (this.failed) return;
    assert(!this.isReceiving, 'receive is not called within an event of its own');
    this.isReceiving = true;
    try {
      this.receiver.receive(bytes, start, end, now);
      if (this.output.length > this.limits.unreadOutputBytes) {
        throw new Http2ConnectionError(ERROR_CODE.enhanceYourCalm, 'the peer causes answers and reads none');
      }
    } catch (error) {
      if (error instanceof Http2ConnectionError) this.fail(error);
      else if (error instanceof CompressionError) {
        this.fail(new Http2ConnectionError(ERROR_CODE.compressionError, error.message));
      } else this.failByUser(error);
    } finally {
      this.isReceiving = false;
    }
  }

  /** The socket took the output, which was cleared or detached: streams that wait for room are told. */
  flushed(): void {
    if (!this.failed) this.receiver.wake();
  }

  /** Ends the connection when something is overdue; early calls do nothing. */
  expire(now: number): void {
    const { deadline } = this;
    if (deadline === undefined || now < deadline) return;
    this.fail(new Http2ConnectionError(ERROR_CODE.settingsTimeout, 'no acknowledgement of our SETTINGS'));
  }

  /**
   * Opens a stream (client).
   * @param fields name, value, name, value…; pseudo-header fields first, `:protocol` only when `hasExtendedConnect`
   * @returns undefined when `canOpen` is false
   * @throws Http2FieldError before anything is sent
   */
  open(fields: readonly string[], endStream: boolean, context: Context): StreamId | undefined {
    assert(!this.isServer, 'a server opens no streams: push is deprecated');
    if (!this.canOpen) return undefined;
    if (pseudoValue(fields, ':protocol') !== '' && !this.hasExtendedConnect) {
      throw new Http2FieldError(':protocol', 'was not offered by the server (RFC 8441)');
    }
    const id = this.lifecycle.nextStream;
    this.sender.fields(id, fields, REQUEST_HEAD, endStream);
    this.lifecycle.nextStream = id + 2;
    const slot = this.streams.add(id, this.sender.initialWindow, this.lifecycle.streamWindow);
    this.streams.contexts[slot] = context;
    this.streams.set(slot, endStream ? STATE.headSent | STATE.localClosed : STATE.headSent);
    const method = pseudoValue(fields, ':method');
    if (method === 'HEAD') this.streams.set(slot, STATE.headRequest);
    else if (method === 'CONNECT') this.streams.set(slot, STATE.tunnel);
    return id as StreamId;
  }

  /**
   * Sends the response's head (server), or an interim one when its `:status` is 1xx.
   * @throws Http2FieldError before anything is sent
   */
  head(stream: StreamId, fields: readonly string[], endStream: boolean): void {
    const slot = this.sendable(stream);
    if (slot < 0) return;
    assert(!this.streams.has(slot, STATE.headSent), 'a response has one final head');
    const status = statusOf(pseudoValue(fields, ':status'));
    if (status === 0) throw new Http2FieldError(':status', 'is not three digits');
    if (status === 101)
      throw new Http2FieldError(':status', 'cannot be 101: HTTP/2 has no upgrade (RFC 9113, section 8.6)');
    const isInterim = status < 200;
    assert(!(isInterim && endStream), 'an interim response does not end a stream');
    this.sender.fields(stream, fields, RESPONSE_HEAD, endStream);
    if (isInterim) return;
    this.streams.set(slot, STATE.headSent);
    if (endStream) this.lifecycle.closeLocal(slot, stream);
  }

  /**
   * Sends content, as much as the peer and the output take.
   * @returns how many bytes were taken; when not all, keep the rest and wait for `onWritable`. END_STREAM goes with the last byte
   */
  data(stream: StreamId, bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    const slot = this.sendable(stream);
    if (slot < 0) return end - start;
    assert(this.streams.has(slot, STATE.headSent), 'the head goes before content');
    assert(start >= 0 && start <= end && end <= bytes.length, 'content lies within its bytes');
    const taken = this.sender.data(slot, stream, bytes, start, end, endStream);
    if (endStream && taken === end - start) this.lifecycle.closeLocal(slot, stream);
    return taken;
  }

  /**
   * Begins one DATA frame of exactly `length` bytes, when windows, frame size and output take them at once: the caller writes them
   * into `output.bytes` from the index that this returns, before anything else is called. Hot path: saves the copy of `data`.
   * @returns -1 when they do not fit: send them with `data`
   */
  reserveData(stream: StreamId, length: number, endStream: boolean): number {
    const slot = this.sendable(stream);
    if (slot < 0) return -1;
    assert(this.streams.has(slot, STATE.headSent), 'the head goes before content');
    const at = this.sender.reserve(slot, stream, length, endStream);
    if (at >= 0 && endStream) this.lifecycle.closeLocal(slot, stream);
    return at;
  }

  /** Ends our side with trailers. @throws Http2FieldError before anything is sent */
  trailers(stream: StreamId, fields: readonly string[]): void {
    const slot = this.sendable(stream);
    if (slot < 0) return;
    assert(this.streams.has(slot, STATE.headSent), 'the head goes before trailers');
    this.sender.fields(stream, fields, TRAILERS, true);
    this.lifecycle.closeLocal(slot, stream);
  }

  /** So many bytes of `onData` are done with: the peer may send as many more. */
  consume(stream: StreamId, bytes: number): void {
    const slot = this.streams.slot(stream);
    if (slot >= 0 && !this.failed) this.lifecycle.consume(slot, stream, bytes);
  }

  /** Ends a stream at once (RST_STREAM); `onClose` follows before this returns. */
  reset(stream: StreamId, code: ErrorCode): void {
    const slot = this.streams.slot(stream);
    if (slot >= 0 && !this.failed) this.lifecycle.resetLocal(slot, stream, code);
  }

  /** Asks for a sign of life: `onPong`. @param payload 8 bytes */
  ping(payload: Uint8Array): void {
    assert(payload.length === 8, 'a PING carries 8 bytes');
    if (!this.failed) this.sender.ping(payload, 0, false);
  }

  /**
   * Ends the connection without losing a request (RFC 9113, section 6.8): says that it ends, and one round trip later, when what the
   * peer had sent by then is here, takes no more. `onDrained` when the last stream is over.
   */
  drain(): void {
    if (!this.failed) this.lifecycle.drain(DRAIN_PING);
  }

  /** After a `drain`: takes no more, though the peer has not answered. For one that takes too long. */
  finishDrain(): void {
    if (!this.failed) this.lifecycle.finishDrain();
  }

  /** Ends the connection with a GOAWAY, which is in the output then; every stream is closed. Again is the same. */
  abort(code: ErrorCode, why: string): void {
    if (this.failed) return;
    this.failed = true;
    this.receiver.stop();
    this.sender.goaway(this.lifecycle.lastStream, code, why);
    this.lifecycle.closeAll(code);
  }

  /** The socket is gone: closes every stream. Again is the same. */
  close(): void {
    if (this.failed) return;
    this.failed = true;
    this.receiver.stop();
    this.lifecycle.closeAll(ERROR_CODE.cancel);
  }

  private begin(options: Http2Options): void {
    const { limits, sender, output } = this;
    if (!this.isServer) {
      output.reserve(PREFACE.length);
      for (let at = 0; at < PREFACE.length; at += 1) output.bytes[output.length++] = PREFACE.charCodeAt(at);
    }
    const settings: [number, number][] = [
      [SETTING.initialWindowSize, limits.streamWindowBytes],
      [SETTING.maxHeaderListSize, limits.fieldSectionBytes],
    ];
    if (limits.headerTableBytes !== DEFAULT_TABLE_BYTES) {
      settings.push([SETTING.headerTableSize, limits.headerTableBytes]);
    }
    if (this.isServer) settings.push([SETTING.maxConcurrentStreams, limits.concurrentStreams]);
    else settings.push([SETTING.enablePush, 0]);
    if (this.isServer && options.extendedConnect === true) settings.push([SETTING.enableConnectProtocol, 1]);
    sender.settings(settings);
    if (limits.connectionWindowBytes > WINDOW_DEFAULT) {
      sender.windowUpdate(0, limits.connectionWindowBytes - WINDOW_DEFAULT);
    }
  }

  /** The slot of a stream that we may still send on, or -1. */
  private sendable(stream: StreamId): number {
    if (this.failed) return -1;
    const slot = this.streams.slot(stream);
    return slot < 0 || this.streams.has(slot, STATE.localClosed) ? -1 : slot;
  }

  private fail(error: Http2ConnectionError): void {
    if (this.failed) return;
    try {
      this.abort(error.errorCode, error.message);
    } finally {
      this.events.onError(error);
    }
  }

  private failByUser(thrown: unknown): void {
    const errors = new CallbackErrors();
    errors.add(thrown);
    errors.guard(() => {
      this.fail(new Http2ConnectionError(ERROR_CODE.internalError, 'what an event was to do was not done'));
    });
    errors.rethrow();
  }
}
