import { FLAG, FRAME, FRAME_BYTES_MIN, FRAME_HEADER_BYTES, uint24, uint31 } from './frame.ts';

/** Told what a reader reads, in order. What it throws ends the reading. */
export interface FrameSink {
  /** Called with the header of each frame before its payload is there. @throws when the frame is not to be read */
  beginFrame(type: number, flags: number, stream: number, length: number): void;
  /** A whole frame other than DATA; `bytes` are the reader's or the caller's again afterwards. */
  frame(type: number, flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void;
  /** Some of a DATA frame, without its padding. */
  data(stream: number, bytes: Uint8Array, start: number, end: number): void;
  endData(stream: number, flags: number): void;
  /** A padded frame whose padding is as long as the frame or longer. */
  badPadding(): never;
}

/** Larger frames than this are not ours to receive: we never raise SETTINGS_MAX_FRAME_SIZE. */
export const RECEIVED_FRAME_BYTES_MAX = FRAME_BYTES_MIN;

/**
 * Cuts bytes into frames in one pass. A frame that is whole in a read is handed on where it is; DATA is handed on as it comes; what
 * else is cut by a read's end waits in a buffer that is there only for so long.
 */
export class FrameReader {
  private readonly sink: FrameSink;
  /** Of a frame that is not whole yet. */
  private partial: Uint8Array = NO_BYTES;
  private partialBytes = 0;
  /** Of the DATA frame under way. */
  private dataStream = 0;
  private dataFlags = 0;
  private dataLeft = 0;
  private paddingLeft = 0;
  private wantsPadLength = false;
  private inData = false;
  private stopped = false;

  constructor(sink: FrameSink) {
    this.sink = sink;
  }

  /** A frame other than DATA has begun and is not whole. */
  get isMidway(): boolean {
    return this.partialBytes > 0;
  }

  /** Reads no more: within a call of the sink the rest of the bytes are nobody's. */
  stop(): void {
    this.stopped = true;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.stopped) {
      if (this.inData) at = this.readData(bytes, at, end);
      else if (this.partialBytes > 0) at = this.complete(bytes, at, end);
      else at = this.readFrame(bytes, at, end);
    }
  }

  private readFrame(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < FRAME_HEADER_BYTES) return this.keep(bytes, at, end, FRAME_HEADER_BYTES);
    const length = uint24(bytes, at);
    const type = bytes[at + 3] ?? 0;
    const flags = bytes[at + 4] ?? 0;
    const stream = uint31(bytes, at + 5);
    const payload = at + FRAME_HEADER_BYTES;
    if (type !== FRAME.data && end - payload < length) {
      this.sink.beginFrame(type, flags, stream, length);
      return this.keep(bytes, at, end, FRAME_HEADER_BYTES + length);
    }
    this.sink.beginFrame(type, flags, stream, length);
    if (type === FRAME.data) {
      this.beginData(stream, flags, length);
      return payload;
    }
    this.sink.frame(type, flags, stream, bytes, payload, payload + length);
    return payload + length;
  }

  private beginData(stream: number, flags: number, length: number): void {
    this.dataStream = stream;
    this.dataFlags = flags;
    this.dataLeft = length;
    this.paddingLeft = 0;
    this.wantsPadLength = (flags & FLAG.padded) !== 0;
    this.inData = true;
    if (this.wantsPadLength && length === 0) this.sink.badPadding();
    // An empty frame ends without another byte.
    if (length === 0) this.endData();
  }

  private readData(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.wantsPadLength) {
      this.wantsPadLength = false;
      this.paddingLeft = bytes[at] ?? 0;
      at += 1;
      this.dataLeft -= 1 + this.paddingLeft;
      if (this.dataLeft < 0) this.sink.badPadding();
    }
    const dataEnd = Math.min(end, at + this.dataLeft);
    if (dataEnd > at) {
      this.dataLeft -= dataEnd - at;
      this.sink.data(this.dataStream, bytes, at, dataEnd);
      at = dataEnd;
    }
    if (this.dataLeft === 0) {
      const paddingEnd = Math.min(end, at + this.paddingLeft);
      this.paddingLeft -= paddingEnd - at;
      at = paddingEnd;
      if (this.paddingLeft === 0) this.endData();
    }
    return at;
  }

  private endData(): void {
    this.inData = false;
    if (!this.stopped) this.sink.endData(this.dataStream, this.dataFlags);
  }

  private keep(bytes: Uint8Array, at: number, end: number, whole: number): number {
    this.partial = new Uint8Array(whole);
    this.partial.set(bytes.subarray(at, end));
    this.partialBytes = end - at;
    return end;
  }

  /** Adds to the frame that waits, first to its header, then to its payload. */
  private complete(bytes: Uint8Array, at: number, end: number): number {
    const take = Math.min(end - at, this.partial.length - this.partialBytes);
    this.partial.set(bytes.subarray(at, at + take), this.partialBytes);
    this.partialBytes += take;
    if (this.partialBytes < this.partial.length) return at + take;
    const frame = this.partial;
    this.partial = NO_BYTES;
    this.partialBytes = 0;
    const type = frame[3] ?? 0;
    const flags = frame[4] ?? 0;
    const stream = uint31(frame, 5);
    const length = uint24(frame, 0);
    if (frame.length > FRAME_HEADER_BYTES) {
      this.sink.frame(type, flags, stream, frame, FRAME_HEADER_BYTES, frame.length);
    } else if (type !== FRAME.data && length > 0) {
      this.sink.beginFrame(type, flags, stream, length);
      this.keep(frame, 0, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length);
    } else {
      this.readFrame(frame, 0, FRAME_HEADER_BYTES);
    }
    return at + take;
  }
}

const NO_BYTES = new Uint8Array(0);
