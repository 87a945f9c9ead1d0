import { assert } from '@portolan/kernel';
import { CR, LF } from './character.ts';
import { ChunkReader } from './chunk-reader.ts';
import { refuse } from './connection-error.ts';
import { INCOMPLETE, parseRequest, parseResponse, parseTrailers } from './head-parser.ts';
import { Head } from './head.ts';
import type { Latin1 } from './latin1.ts';
import type { Http1Limits } from './limits.ts';
import { PendingInput } from './pending-input.ts';

const READ = {
  head: 0,
  /** Content of a known length. */
  length: 1,
  chunks: 2,
  trailers: 3,
  /** Content up to the end of the connection. */
  untilEnd: 4,
  /** Bytes that are no HTTP any more. */
  tunnel: 5,
  /** What comes is ignored. */
  closed: 6,
} as const;

/** What the two roles make of a message. Bound once a connection. */
export interface MessageHandler {
  /** Whether the next message may begin; if not, its bytes are kept. */
  readonly canBegin: () => boolean;
  /** A head was read: says what follows by calling one of the receiver's `expect…`, then tells the user. */
  readonly onHead: (head: Head) => void;
  readonly onContent: (bytes: Uint8Array, start: number, end: number) => void;
  readonly onEnd: (trailers: Head | undefined) => void;
  readonly onTunnel: (bytes: Uint8Array, start: number, end: number) => void;
}

/** The receiving side of a connection: cuts bytes into messages. */
export class Receiver {
  /** All bytes that were received. */
  bytesReceived = 0;
  /** When the last bytes came, in the driver's time. */
  receivedAt = 0;
  /** When the first byte of the current head came. */
  headSince = 0;
  /** An event is being told: what was read is not all looked at yet. */
  isReading = false;
  readonly head: Head;
  private readonly trailers: Head;
  private readonly limits: Http1Limits;
  private readonly handler: MessageHandler;
  private readonly isServer: boolean;
  private readonly chunks: ChunkReader;
  private readonly pending = new PendingInput();
  private state: (typeof READ)[keyof typeof READ] = READ.head;
  private remaining = 0;
  private hasHeadBytes = false;
  private wasEmptyLineSkipped = false;

  constructor(role: 'server' | 'client', limits: Http1Limits, latin1: Latin1, handler: MessageHandler) {
    this.isServer = role === 'server';
    this.limits = limits;
    this.handler = handler;
    this.head = new Head(latin1);
    this.trailers = new Head(latin1);
    this.chunks = new ChunkReader(limits);
  }

  /** Bytes that are kept. */
  get pendingBytes(): number {
    return this.pending.length;
  }

  /** Part of a head is here. */
  get isInHead(): boolean {
    return this.state === READ.head && (this.pending.length > 0 || this.wasEmptyLineSkipped);
  }

  get isInContent(): boolean {
    return this.state >= READ.length && this.state <= READ.untilEnd;
  }

  get isUntilEnd(): boolean {
    return this.state === READ.untilEnd;
  }

  get isTunnel(): boolean {
    return this.state === READ.tunnel;
  }

  get isClosed(): boolean {
    return this.state === READ.closed;
  }

  /** Content that is certainly still to come, in bytes. */
  get declaredBytes(): number {
    return this.state === READ.length ? this.remaining : 0;
  }

  receive(bytes: Uint8Array, start: number, end: number, now: number): void {
    assert(!this.isReading, 'receive is not called from within an event');
    if (this.state === READ.closed) return;
    this.bytesReceived += end - start;
    this.receivedAt = now;
    if (!this.hasHeadBytes) this.headSince = now;
    if (this.pending.length > 0) {
      this.pending.append(bytes, start, end);
      this.resume();
      return;
    }
    const at = this.read(bytes, start, end);
    if (at < end) this.pending.append(bytes, at, end);
    this.settle();
  }

  /** Goes on with what is kept. Within an event it does nothing: the reader goes on by itself. */
  resume(): void {
    const { pending } = this;
    if (this.isReading || pending.length === 0) return;
    const from = pending.start;
    const at = this.read(pending.bytes, from, pending.end);
    if (pending.length > 0) pending.skipTo(at);
    // What is left of it came after what was read: with the last bytes at the latest.
    if (at > from) this.headSince = this.receivedAt;
    this.settle();
  }

  expectHead(): void {
    this.state = READ.head;
  }

  expectLength(bytes: number): void {
    if (bytes > this.limits.contentBytes) refuse('content-too-long');
    this.remaining = bytes;
    this.state = READ.length;
  }

  expectChunks(): void {
    this.chunks.begin();
    this.state = READ.chunks;
  }

  expectUntilEnd(): void {
    this.remaining = this.limits.contentBytes;
    this.state = READ.untilEnd;
  }

  expectTunnel(): void {
    this.state = READ.tunnel;
  }

  close(): void {
    this.state = READ.closed;
    this.pending.clear();
    if (!this.isReading) this.settle();
  }

  /** Nothing is lent any more. */
  private settle(): void {
    this.hasHeadBytes = this.isInHead;
    this.head.release();
    this.trailers.release();
  }

  private read(bytes: Uint8Array, start: number, end: number): number {
    this.isReading = true;
    try {
      let at = start;
      while (at < end) {
        const next = this.step(bytes, at, end);
        if (next === INCOMPLETE) break;
        at = next;
      }
      return at;
    } finally {
      this.isReading = false;
    }
  }

  /** Reads one piece. @returns where the next begins, or INCOMPLETE */
  private step(bytes: Uint8Array, at: number, end: number): number {
    const { handler } = this;
    switch (this.state) {
      case READ.head:
        return handler.canBegin() ? this.readHead(bytes, at, end) : INCOMPLETE;
      case READ.length: {
        const next = Math.min(end, at + this.remaining);
        this.remaining -= next - at;
        handler.onContent(bytes, at, next);
        // An event may have ended all.
        if (this.remaining === 0 && this.isLength()) this.endContent(undefined);
        return next;
      }
      case READ.chunks: {
        const next = this.chunks.read(bytes, at, end);
        if (this.chunks.isAtTrailers) this.state = READ.trailers;
        if (this.chunks.dataStart < next) handler.onContent(bytes, this.chunks.dataStart, next);
        return next;
      }
      case READ.trailers:
        return this.readTrailers(bytes, at, end);
      case READ.untilEnd:
        this.remaining -= end - at;
        if (this.remaining < 0) refuse('content-too-long');
        handler.onContent(bytes, at, end);
        return end;
      case READ.tunnel:
        handler.onTunnel(bytes, at, end);
        return end;
      case READ.closed:
        return end;
    }
  }

  private isLength(): boolean {
    return this.state === READ.length;
  }

  private readHead(bytes: Uint8Array, start: number, end: number): number {
    const { head, limits } = this;
    let at = start;
    // One empty line before a request line is let pass, as RFC 9112, section 2.2, asks for the sake of old clients.
    if (this.isServer && bytes[at] === CR && !this.wasEmptyLineSkipped) {
      if (at + 1 === end) return INCOMPLETE;
      if (bytes[at + 1] !== LF) refuse('bare-cr');
      this.wasEmptyLineSkipped = true;
      at += 2;
      if (at === end) return at;
    }
    const next = this.isServer
      ? parseRequest(head, bytes, at, end, limits)
      : parseResponse(head, bytes, at, end, limits);
    if (next === INCOMPLETE) return at === start ? INCOMPLETE : at;
    this.wasEmptyLineSkipped = false;
    this.handler.onHead(head);
    return next;
  }

  private readTrailers(bytes: Uint8Array, at: number, end: number): number {
    const { trailers } = this;
    const next = parseTrailers(trailers, bytes, at, end, this.limits);
    if (next !== INCOMPLETE) this.endContent(trailers.size === 0 ? undefined : trailers);
    return next;
  }

  private endContent(trailers: Head | undefined): void {
    this.state = READ.head;
    this.handler.onEnd(trailers);
  }
}
