import { assert } from '@portolan/kernel';
import { CallbackErrors } from './callback-errors.ts';
import { Http2ConnectionError } from './connection-error.ts';
import type { Http2Events, StreamId } from './events.ts';
import type { FieldSection } from './field-section.ts';
import type { FloodGuard } from './flood-guard.ts';
import { ERROR_CODE, STREAM_ID_MAX, WINDOW_DEFAULT, type ErrorCode } from './frame.ts';
import type { Http2Limits } from './limits.ts';
import type { Sender } from './sender.ts';
import { STATE, type StreamTable } from './stream-table.ts';

/** Frames that were under way when we reset their stream are ignored, for so many streams back; a power of two. */
const RECENTLY_RESET = 1_024;
const NO_SLOT = -1;

/** How streams begin and end, what they give back to the windows, and how the connection runs out of them. */
export class Lifecycle<Context> {
  /** The peer's last stream that we have begun with. */
  lastStream = 0;
  /** The peer's last stream at all: those after `lastStream` are ignored, since the last GOAWAY said so. */
  lastSeen = 0;
  /** How many streams the peer opened: below `lastSeen / 2` it passed over some. */
  seen = 0;
  /** The first stream that we have not opened yet (client). */
  nextStream = 1;
  /** No new streams: the peer said GOAWAY, or we did for the last time. */
  isGoingAway = false;
  /** What the peer may still send on the whole connection, in bytes. */
  receiveWindow: number;
  /** What it may send at first on a stream. */
  streamWindow: number;
  private readonly events: Http2Events<Context>;
  private readonly streams: StreamTable<Context>;
  private readonly sender: Sender<Context>;
  private readonly floods: FloodGuard;
  private readonly limits: Http2Limits;
  private readonly isServer: boolean;
  private unannounced: number;
  private recent: Int32Array | undefined;
  private recentAt = 0;
  /** The stream whose `onHead` runs: it is closed only when its context is known. */
  private openingSlot = NO_SLOT;
  private openingClosed: ErrorCode | undefined;
  private draining = false;
  private drained = false;

  constructor(
    events: Http2Events<Context>,
    streams: StreamTable<Context>,
    sender: Sender<Context>,
    floods: FloodGuard,
    limits: Http2Limits,
    isServer: boolean,
  ) {
    this.isServer = isServer;
    this.events = events;
    this.streams = streams;
    this.sender = sender;
    this.floods = floods;
    this.limits = limits;
    // Both windows are the default's until the peer knows better: what it cannot be told it has too much of it is not given again.
    this.receiveWindow = Math.max(WINDOW_DEFAULT, limits.connectionWindowBytes);
    this.unannounced = Math.min(0, limits.connectionWindowBytes - WINDOW_DEFAULT);
    this.streamWindow = Math.max(WINDOW_DEFAULT, limits.streamWindowBytes);
  }

  /** Tells the user of a head and keeps the context it returns. */
  began(slot: number, id: StreamId, head: FieldSection, endStream: boolean): void {
    this.openingSlot = slot;
    this.openingClosed = undefined;
    let isTold = false;
    try {
      const context = this.events.onHead(id, head, endStream, this.streams.contexts[slot]);
      if (this.isServer) this.streams.contexts[slot] = context;
      isTold = true;
    } finally {
      this.openingSlot = NO_SLOT;
      // Of a request without a context nobody can be told that it is over.
      if (!isTold && this.isServer) this.streams.remove(slot);
    }
    const closed = this.closedMeanwhile();
    if (closed !== undefined) this.close(slot, id, closed, false);
    else if (endStream) this.closeRemote(slot, id, undefined);
  }

  closeLocal(slot: number, id: StreamId): void {
    this.streams.set(slot, STATE.localClosed);
    if (this.streams.has(slot, STATE.remoteClosed)) this.end(slot, id);
  }

  closeRemote(slot: number, id: StreamId, trailers: FieldSection | undefined): void {
    this.streams.set(slot, STATE.remoteClosed);
    this.events.onEnd(this.context(slot), id, trailers);
    // The user may have ended the stream just now.
    if (this.streams.ids[slot] === id && this.streams.has(slot, STATE.localClosed)) this.end(slot, id);
  }

  /** The peer's RST_STREAM. Its NO_ERROR is no good end while it has not said all (section 8.1). */
  resetByPeer(slot: number, id: StreamId, said: ErrorCode): void {
    const { streams, isServer } = this;
    const isWasted = isServer && !streams.has(slot, STATE.headSent);
    const isCut = said === ERROR_CODE.noError && !streams.has(slot, STATE.remoteClosed);
    const isUnprocessed = said === ERROR_CODE.refusedStream && !isServer && !streams.has(slot, STATE.headReceived);
    this.close(slot, id, isCut ? ERROR_CODE.cancel : said, isUnprocessed);
    if (isWasted) this.floods.spendReset();
  }

  resetLocal(slot: number, id: StreamId, code: ErrorCode): void {
    if (slot === this.openingSlot && this.openingClosed !== undefined) return;
    this.sender.reset(id, code);
    this.remember(id);
    this.close(slot, id, code, false);
  }

  /** A stream error (section 5.4.2): the stream ends, the connection goes on, unless that happens too often. */
  streamError(slot: number, id: StreamId, code: ErrorCode): void {
    this.resetLocal(slot, id, code);
    this.floods.spendReset();
  }

  /** Frames on streams that nobody has opened are the connection's error (section 5.1). */
  refuseIdle(id: number, frame: string): void {
    const isOdd = (id & 1) === 1;
    const wasOpened = isOdd && (this.isServer ? id <= this.lastSeen : id < this.nextStream);
    if (!wasOpened) {
      throw new Http2ConnectionError(ERROR_CODE.protocolError, `${frame} on stream ${id}, which is idle`);
    }
  }

  /** RST_STREAM for a stream that is not open. */
  refuse(id: number, code: ErrorCode): void {
    this.sender.reset(id, code);
    this.remember(id);
  }

  close(slot: number, id: StreamId, code: ErrorCode, isUnprocessed: boolean): void {
    if (slot === this.openingSlot) {
      this.streams.set(slot, STATE.localClosed | STATE.remoteClosed);
      this.openingClosed ??= code;
      return;
    }
    const context = this.context(slot);
    this.credit(this.streams.held[slot] ?? 0);
    this.streams.remove(slot);
    this.events.onClose(context, id, code, isUnprocessed);
    this.checkDrained();
  }

  /** The connection is lost. */
  closeAll(code: ErrorCode): void {
    this.drained = true;
    const errors = new CallbackErrors();
    for (const id of this.streams.all()) {
      const slot = this.streams.slot(id);
      if (slot === this.openingSlot) this.openingClosed ??= code;
      else if (slot >= 0) {
        errors.guard(() => {
          this.closeLost(slot, id as StreamId, code);
        });
      }
    }
    errors.rethrow();
  }

  /** The peer's GOAWAY: what it has not begun with never will be. */
  closeAfter(lastStream: number): void {
    for (const id of this.streams.all()) {
      const slot = this.streams.slot(id);
      if (id > lastStream && slot >= 0) this.close(slot, id as StreamId, ERROR_CODE.refusedStream, true);
    }
  }

  /** Of a stream that came after the last GOAWAY nothing is said any more. */
  isIgnored(id: number): boolean {
    return this.isServer && id > this.lastStream;
  }

  wasReset(id: number): boolean {
    return this.recent?.includes(id) === true;
  }

  /** Data of a stream was consumed. */
  consume(slot: number, id: StreamId, bytes: number): void {
    const { streams } = this;
    assert(bytes >= 0, 'no less than nothing is consumed');
    const held = (streams.held[slot] ?? 0) - bytes;
    assert(held >= 0, 'no more is consumed than was received');
    streams.held[slot] = held;
    this.credit(bytes);
    if (streams.has(slot, STATE.remoteClosed)) return;
    const unannounced = (streams.unannounced[slot] ?? 0) + bytes;
    const window = streams.receiveWindow[slot] ?? 0;
    if (!isWorthTelling(unannounced, window, this.limits.streamWindowBytes)) {
      streams.unannounced[slot] = unannounced;
      return;
    }
    streams.unannounced[slot] = 0;
    streams.receiveWindow[slot] = window + unannounced;
    this.sender.windowUpdate(id, unannounced);
  }

  /** The connection's window opens again by so many bytes; the peer is told of many at once. */
  credit(bytes: number): void {
    this.unannounced += bytes;
    if (!isWorthTelling(this.unannounced, this.receiveWindow, this.limits.connectionWindowBytes)) return;
    this.receiveWindow += this.unannounced;
    this.sender.windowUpdate(0, this.unannounced);
    this.unannounced = 0;
  }

  /** The peer acknowledged our SETTINGS: its windows are now as they say (RFC 9113, section 6.9.2). */
  applySettings(): void {
    const { streams, limits } = this;
    const change = limits.streamWindowBytes - this.streamWindow;
    this.streamWindow = limits.streamWindowBytes;
    for (const id of change === 0 ? [] : streams.all()) {
      const slot = streams.slot(id);
      streams.receiveWindow[slot] = (streams.receiveWindow[slot] ?? 0) + change;
    }
  }

  /** @param ping what the peer must answer before the last word */
  drain(ping: Uint8Array): void {
    if (this.draining) return;
    this.draining = true;
    if (this.isServer && !this.isGoingAway) {
      this.sender.goaway(STREAM_ID_MAX, ERROR_CODE.noError, 'draining');
      this.sender.ping(ping, 0, false);
    } else {
      this.sender.goaway(this.lastStream, ERROR_CODE.noError, 'draining');
      this.goAway();
    }
  }

  /** The peer has seen that we drain: what it sent before that is here, and no more is taken. */
  finishDrain(): void {
    if (!this.draining || this.isGoingAway) return;
    this.sender.goaway(this.lastStream, ERROR_CODE.noError, 'drained');
    this.goAway();
  }

  /** The peer takes no more streams, or we do not. @param told says so to the user, who can open none from then on */
  goAway(told?: () => void): void {
    this.isGoingAway = true;
    told?.();
    this.checkDrained();
  }

  context(slot: number): Context {
    return this.streams.contexts[slot] as Context;
  }

  /** Both sides have said all. */
  private end(slot: number, id: StreamId): void {
    this.floods.earnReset();
    this.close(slot, id, ERROR_CODE.noError, false);
  }

  private closeLost(slot: number, id: StreamId, code: ErrorCode): void {
    const context = this.context(slot);
    this.streams.remove(slot);
    this.events.onClose(context, id, code, false);
  }

  /** What the user did in `onHead`. */
  private closedMeanwhile(): ErrorCode | undefined {
    return this.openingClosed;
  }

  private checkDrained(): void {
    if (!this.isGoingAway || this.drained || this.streams.size > 0) return;
    this.drained = true;
    this.events.onDrained();
  }

  private remember(id: number): void {
    this.recent ??= new Int32Array(RECENTLY_RESET);
    this.recent[this.recentAt] = id;
    this.recentAt = (this.recentAt + 1) & (RECENTLY_RESET - 1);
  }
}

/**
 * Whether the peer is told of so many bytes consumed: of half the window, or of an eighth when less than that is left, since
 * somebody may hold the rest for as long as it waits for more.
 */
function isWorthTelling(unannounced: number, left: number, limit: number): boolean {
  if (unannounced * 2 >= limit) return true;
  return unannounced * 8 >= limit && unannounced > left && unannounced + left > 0;
}
