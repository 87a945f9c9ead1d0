import { Http2ConnectionError } from './connection-error.ts';
import type { StreamId } from './events.ts';
import { ContentReceiver } from './content-receiver.ts';
import { ConnectionFrames, type ConnectionParts } from './connection-frames.ts';
import { RESPONSE_HEAD } from './field-check.ts';
import { FieldSection, type RequestRules } from './field-section.ts';
import type { FloodGuard } from './flood-guard.ts';
import { FrameReader, RECEIVED_FRAME_BYTES_MAX, type FrameSink } from './frame-reader.ts';
import { ERROR_CODE, FLAG, FRAME, PREFACE, uint31, uint32, WINDOW_MAX, type ErrorCode } from './frame.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import { DEFAULT_TABLE_BYTES } from './hpack/encoder.ts';
import type { TokenCache } from './hpack/token-cache.ts';
import type { Token } from './hpack/token.ts';
import { NO_LENGTH, STATE } from './stream-table.ts';

export interface ReceiverParts<Context> extends ConnectionParts<Context>, RequestRules {
  readonly tokens: TokenCache;
  readonly settingsDeadline: number;
}

/** A WINDOW_UPDATE below this is not worth a frame. */
const WINDOW_UPDATE_BYTES_MIN = 256;
/** What a request with too many fields is answered (RFC 6585, section 5). */
const TOO_LARGE: readonly string[] = [':status', '431'];

/** The receiving side of a connection: what each frame means in the state that its stream is in (RFC 9113, sections 5 and 6). */
export class Receiver<Context> implements FrameSink {
  readonly whole: ConnectionFrames<Context>;
  framesReceived = 0;
  private readonly parts: ReceiverParts<Context>;
  private readonly floods: FloodGuard;
  private readonly reader: FrameReader;
  private readonly decoder: HpackDecoder;
  private readonly section = new FieldSection();
  private prefaceBytes = 0;
  private isFirstFrame = true;
  private readonly block: HeaderBlock;
  private readonly content: ContentReceiver<Context>;

  constructor(parts: ReceiverParts<Context>) {
    this.parts = parts;
    this.floods = parts.floods;
    this.content = new ContentReceiver(parts);
    this.reader = new FrameReader(this);
    this.block = new HeaderBlock(parts.limits);
    this.decoder = new HpackDecoder(DEFAULT_TABLE_BYTES, parts.tokens);
    this.whole = new ConnectionFrames(parts, this.decoder, parts.settingsDeadline);
    if (!parts.isServer) this.prefaceBytes = PREFACE.length;
  }

  receive(bytes: Uint8Array, start: number, end: number, now: number): void {
    this.floods.now = now;
    let at = start;
    while (this.prefaceBytes < PREFACE.length && at < end) {
      if (bytes[at] !== PREFACE.charCodeAt(this.prefaceBytes)) {
        throw new Http2ConnectionError(
          ERROR_CODE.protocolError,
          'the client does not begin with the preface of HTTP/2',
        );
      }
      this.prefaceBytes += 1;
      at += 1;
    }
    this.reader.receive(bytes, at, end);
  }

  get isMidway(): boolean {
    return this.prefaceBytes < PREFACE.length || this.reader.isMidway || this.block.stream !== 0;
  }

  /** The connection is over: of what else was read nobody is told. */
  stop(): void {
    this.reader.stop();
  }

  /** Tells streams that wait that they can send. */
  wake(): void {
    this.parts.sender.wake(this.tellWritable);
  }

  beginFrame(type: number, flags: number, stream: number, length: number): void {
    if (length > RECEIVED_FRAME_BYTES_MAX) {
      fail(ERROR_CODE.frameSizeError, `a frame of ${length} bytes, the limit is ${RECEIVED_FRAME_BYTES_MAX}`);
    }
    if (this.isFirstFrame) {
      if (type !== FRAME.settings || (flags & FLAG.ack) !== 0) protocol('the first frame is no SETTINGS');
      this.isFirstFrame = false;
    }
    const { stream: continued } = this.block;
    if ((type === FRAME.continuation) !== (continued !== 0) || (continued !== 0 && stream !== continued)) {
      protocol('a header block that is not continued, or a CONTINUATION without one');
    }
    if (type === FRAME.data) this.content.begin(stream as StreamId, length);
  }

  frame(type: number, flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    this.framesReceived += 1;
    switch (type) {
      case FRAME.headers:
        this.headers(flags, stream, bytes, start, end);
        break;
      case FRAME.continuation:
        this.continuation(flags, bytes, start, end);
        break;
      case FRAME.windowUpdate:
        this.windowUpdate(stream as StreamId, bytes, start, end);
        break;
      case FRAME.resetStream:
        this.resetStream(stream as StreamId, bytes, start, end);
        break;
      case FRAME.settings:
        if (this.whole.settings(flags, stream, bytes, start, end)) this.wake();
        break;
      case FRAME.ping:
        this.whole.ping(flags, stream, bytes, start, end);
        break;
      case FRAME.goaway:
        this.whole.goaway(stream, bytes, start, end);
        break;
      case FRAME.priority:
        this.priority(stream as StreamId, end - start);
        break;
      case FRAME.pushPromise:
        protocol('a PUSH_PROMISE, which nobody offered to take');
        break;
      default:
        this.floods.spendOverhead();
    }
  }

  data(stream: number, bytes: Uint8Array, start: number, end: number): void {
    this.content.data(stream as StreamId, bytes, start, end);
  }

  endData(stream: number, flags: number): void {
    this.content.end(stream as StreamId, flags);
  }

  badPadding(): never {
    protocol('padding as long as its frame');
  }

  private headers(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    if (stream === 0) protocol('HEADERS on stream 0');
    let from = start;
    let to = end;
    if ((flags & FLAG.padded) !== 0) {
      to -= bytes[from] ?? 0;
      from += 1;
    }
    if ((flags & FLAG.priority) !== 0) from += 5;
    if (from > end) fail(ERROR_CODE.frameSizeError, 'HEADERS too short for its flags');
    if (to < from) this.badPadding();
    const endStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) {
      this.block.check(to - from);
      this.fields(stream as StreamId, endStream, bytes, from, to);
      return;
    }
    this.block.begin(stream, endStream);
    this.block.add(bytes, from, to);
  }

  private continuation(flags: number, bytes: Uint8Array, start: number, end: number): void {
    const { block } = this;
    block.continue();
    block.add(bytes, start, end);
    if ((flags & FLAG.endHeaders) === 0) return;
    const { bytes: whole, length, stream } = block;
    block.end();
    this.fields(stream as StreamId, block.endsStream, whole, 0, length);
  }

  /** A whole header block. It is decoded whatever becomes of its stream: the next ones build on it. */
  private fields(stream: StreamId, endStream: boolean, bytes: Uint8Array, start: number, end: number): void {
    const { streams, limits, isServer } = this.parts;
    this.section.reset(limits.fieldSectionBytes);
    this.decoder.decode(bytes, start, end, this.addField);
    const slot = streams.slot(stream);
    if (slot >= 0) {
      if (streams.has(slot, STATE.remoteClosed))
        this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.streamClosed);
      else if (streams.has(slot, STATE.headReceived)) this.trailers(slot, stream, endStream);
      else this.response(slot, stream, endStream);
    } else if (isServer) {
      this.request(stream, endStream);
    } else {
      this.parts.lifecycle.refuseIdle(stream, 'HEADERS');
      this.floods.spendOverhead();
    }
  }

  private request(stream: StreamId, endStream: boolean): void {
    const { streams, limits, lifecycle, sender } = this.parts;
    const { section } = this;
    if ((stream & 1) === 0) protocol(`a client's stream with the even id ${stream}`);
    const isNew = stream > lifecycle.lastSeen;
    if (isNew) {
      lifecycle.lastSeen = stream;
      lifecycle.seen += 1;
    }
    // Nobody answers these: the last GOAWAY told the client that they are not begun; or we have reset the stream.
    if (lifecycle.isGoingAway || (!isNew && lifecycle.wasReset(stream))) {
      this.floods.spendOverhead();
      return;
    }
    if (!isNew) {
      // Which one is not kept: a client that passed over ids may have come back to one of them (section 5.1.1).
      const wasOpened = lifecycle.lastSeen === lifecycle.seen * 2 - 1;
      fail(
        wasOpened ? ERROR_CODE.streamClosed : ERROR_CODE.protocolError,
        `HEADERS on stream ${stream}, which is over`,
      );
    }
    lifecycle.lastStream = stream;
    if (streams.size >= limits.concurrentStreams) {
      this.floods.spendReset();
      lifecycle.refuse(stream, ERROR_CODE.refusedStream);
      return;
    }
    if (section.isTooLarge) {
      this.floods.spendReset();
      sender.fields(stream, TOO_LARGE, RESPONSE_HEAD, true);
      if (!endStream) lifecycle.refuse(stream, ERROR_CODE.noError);
      return;
    }
    const length = section.isConnect ? NO_LENGTH : (section.contentLength ?? NO_LENGTH);
    if (section.requestTrouble(this.parts) !== undefined || (endStream && length > 0)) {
      this.floods.spendReset();
      lifecycle.refuse(stream, ERROR_CODE.protocolError);
      return;
    }
    this.floods.earnOverhead();
    const slot = streams.add(stream, sender.initialWindow, lifecycle.streamWindow);
    streams.set(slot, section.isConnect ? STATE.headReceived | STATE.tunnel : STATE.headReceived);
    streams.expected[slot] = length;
    lifecycle.began(slot, stream, section, endStream);
  }

  private response(slot: number, stream: StreamId, endStream: boolean): void {
    const { streams, lifecycle, events } = this.parts;
    const { section } = this;
    const { status } = section;
    const isInterim = status >= 100 && status < 200;
    if (section.responseTrouble() !== undefined || section.isTooLarge || status === 101 || (isInterim && endStream)) {
      this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
      return;
    }
    if (isInterim) {
      this.floods.spendOverhead();
      events.onInterim(lifecycle.context(slot), stream, section);
      return;
    }
    if (status >= 300) streams.unset(slot, STATE.tunnel);
    const length = this.responseLength(slot);
    if (endStream && length > 0) {
      this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
      return;
    }
    this.floods.earnOverhead();
    streams.set(slot, STATE.headReceived);
    streams.expected[slot] = length;
    lifecycle.began(slot, stream, section, endStream);
  }

  /** How much content a response has at most (RFC 9110, section 6.4.1). */
  private responseLength(slot: number): number {
    const { streams } = this.parts;
    const { status, contentLength } = this.section;
    if (streams.has(slot, STATE.headRequest) || status === 204 || status === 304) return 0;
    return streams.has(slot, STATE.tunnel) ? NO_LENGTH : (contentLength ?? NO_LENGTH);
  }

  private trailers(slot: number, stream: StreamId, endStream: boolean): void {
    const { section } = this;
    const isTunnel = this.parts.streams.has(slot, STATE.tunnel);
    if (isTunnel || !endStream || section.trailersTrouble() !== undefined || section.isTooLarge) {
      this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
      return;
    }
    this.content.endStream(slot, stream, section);
  }

  private windowUpdate(stream: StreamId, bytes: Uint8Array, start: number, end: number): void {
    const { streams, sender } = this.parts;
    if (end - start !== 4) fail(ERROR_CODE.frameSizeError, 'a WINDOW_UPDATE that has not 4 bytes');
    const increment = uint31(bytes, start);
    if (increment < WINDOW_UPDATE_BYTES_MIN) this.floods.spendOverhead();
    if (stream === 0) {
      if (increment === 0) protocol('a WINDOW_UPDATE of 0');
      if (sender.window + increment > WINDOW_MAX) fail(ERROR_CODE.flowControlError, 'a window over 2^31 - 1');
      sender.window += increment;
      this.wake();
      return;
    }
    const slot = streams.slot(stream);
    if (slot < 0) {
      this.parts.lifecycle.refuseIdle(stream, 'WINDOW_UPDATE');
      return;
    }
    if (increment === 0) this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.protocolError);
    else if (!sender.widen(slot, increment))
      this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.flowControlError);
    else if (streams.has(slot, STATE.queued)) this.wake();
  }

  private resetStream(stream: StreamId, bytes: Uint8Array, start: number, end: number): void {
    const { streams, lifecycle } = this.parts;
    if (end - start !== 4) fail(ERROR_CODE.frameSizeError, 'a RST_STREAM that has not 4 bytes');
    const slot = streams.slot(stream);
    if (slot < 0) {
      this.parts.lifecycle.refuseIdle(stream, 'RST_STREAM');
      this.floods.spendOverhead();
      return;
    }
    lifecycle.resetByPeer(slot, stream, uint32(bytes, start));
  }

  private priority(stream: StreamId, length: number): void {
    if (stream === 0) protocol('PRIORITY on stream 0');
    this.floods.spendOverhead();
    if (length === 5) return;
    const slot = this.parts.streams.slot(stream);
    if (slot >= 0) this.parts.lifecycle.streamError(slot, stream, ERROR_CODE.frameSizeError);
    else fail(ERROR_CODE.frameSizeError, 'a PRIORITY that has not 5 bytes');
  }

  private readonly addField = (name: Token, value: Token): void => {
    this.section.add(name, value);
  };

  private readonly tellWritable = (slot: number, id: number): void => {
    this.parts.events.onWritable(this.parts.lifecycle.context(slot), id as StreamId);
  };
}

function fail(code: ErrorCode, why: string): never {
  throw new Http2ConnectionError(code, why);
}

function protocol(why: string): never {
  fail(ERROR_CODE.protocolError, why);
}
