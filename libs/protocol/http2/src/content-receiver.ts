import type { Http2Events, StreamId } from './events.ts';
import type { FieldSection } from './field-section.ts';
import type { FloodGuard } from './flood-guard.ts';
import { Http2ConnectionError } from './connection-error.ts';
import { ERROR_CODE, FLAG, type ErrorCode } from './frame.ts';
import type { Lifecycle } from './lifecycle.ts';
import { NO_LENGTH, STATE, type StreamTable } from './stream-table.ts';

export interface ContentParts<Context> {
  readonly streams: StreamTable<Context>;
  readonly lifecycle: Lifecycle<Context>;
  readonly events: Http2Events<Context>;
  readonly floods: FloodGuard;
}

/** DATA as it comes: held against both windows and content-length (RFC 9113, sections 6.1, 6.9 and 8.1.1). */
export class ContentReceiver<Context> {
  private readonly parts: ContentParts<Context>;
  /** Of the frame under way. */
  private ignored = false;
  private length = 0;
  private seen = 0;

  constructor(parts: ContentParts<Context>) {
    this.parts = parts;
  }

  begin(stream: StreamId, length: number): void {
    const { streams, lifecycle } = this.parts;
    this.length = length;
    this.seen = 0;
    this.ignored = true;
    if (length > lifecycle.receiveWindow) {
      throw new Http2ConnectionError(ERROR_CODE.flowControlError, 'more data than the connection allows');
    }
    lifecycle.receiveWindow -= length;
    const slot = streams.slot(stream);
    if (slot < 0) {
      lifecycle.refuseIdle(stream, 'DATA');
      lifecycle.credit(length);
      this.late(stream, length);
      return;
    }
    const code = this.trouble(slot, length);
    if (code !== ERROR_CODE.noError) {
      lifecycle.credit(length);
      lifecycle.streamError(slot, stream, code);
      return;
    }
    streams.receiveWindow[slot] = (streams.receiveWindow[slot] ?? 0) - length;
    this.ignored = false;
  }

  /** Hot path: some of the frame, without its padding. */
  data(stream: StreamId, bytes: Uint8Array, start: number, end: number): void {
    const { streams, lifecycle, events } = this.parts;
    const length = end - start;
    this.seen += length;
    if (this.ignored) return;
    const slot = streams.slot(stream);
    if (slot < 0) {
      lifecycle.credit(length);
      return;
    }
    const expected = streams.expected[slot] ?? NO_LENGTH;
    if (expected !== NO_LENGTH) {
      if (length > expected) {
        lifecycle.credit(length);
        lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
        return;
      }
      streams.expected[slot] = expected - length;
    }
    streams.held[slot] = (streams.held[slot] ?? 0) + length;
    events.onData(lifecycle.context(slot), stream, bytes, start, end);
  }

  end(stream: StreamId, flags: number): void {
    const { streams, lifecycle, floods } = this.parts;
    if (this.ignored) return;
    const isEnd = (flags & FLAG.endStream) !== 0;
    if (this.seen > 0) floods.earnOverhead();
    else if (!isEnd) floods.spendOverhead();
    const padding = this.length - this.seen;
    const slot = streams.slot(stream);
    if (slot < 0) {
      lifecycle.credit(padding);
      return;
    }
    if (padding > 0) {
      streams.held[slot] = (streams.held[slot] ?? 0) + padding;
      lifecycle.consume(slot, stream, padding);
    }
    if (isEnd) this.endStream(slot, stream, undefined);
  }

  /** The peer has said all of a stream: is it as much as its content-length said? */
  endStream(slot: number, stream: StreamId, trailers: FieldSection | undefined): void {
    const { streams, lifecycle } = this.parts;
    if ((streams.expected[slot] ?? NO_LENGTH) > 0) lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
    else lifecycle.closeRemote(slot, stream, trailers);
  }

  /** On a stream that is over. What was under way when we reset it costs its peer nothing. */
  private late(stream: StreamId, length: number): void {
    const { lifecycle, floods } = this.parts;
    const wasReset = lifecycle.wasReset(stream);
    if (!wasReset || length === 0) floods.spendOverhead();
    if (!wasReset && !lifecycle.isIgnored(stream)) lifecycle.refuse(stream, ERROR_CODE.streamClosed);
  }

  private trouble(slot: number, length: number): ErrorCode {
    const { streams } = this.parts;
    if (streams.has(slot, STATE.remoteClosed)) return ERROR_CODE.streamClosed;
    if (!streams.has(slot, STATE.headReceived)) return ERROR_CODE.protocolError;
    return length > (streams.receiveWindow[slot] ?? 0) ? ERROR_CODE.flowControlError : ERROR_CODE.noError;
  }
}
