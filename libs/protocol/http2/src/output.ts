import { FRAME_HEADER_BYTES } from './frame.ts';

/**
 * What is to be written next, in one piece. The driver writes `bytes` up to `length`, then calls `clear` when the socket took all
 * of it at once, or `detach` when it still holds on to the bytes. An idle connection holds none.
 */
export class Output {
  bytes: Uint8Array = NO_BYTES;
  length = 0;
  private readonly allocate: (bytes: number) => Uint8Array;

  constructor(allocate: (bytes: number) => Uint8Array) {
    this.allocate = allocate;
  }

  /** The same bytes are used again. */
  clear(): void {
    this.length = 0;
  }

  /** The bytes belong to whoever writes them. */
  detach(): void {
    this.bytes = NO_BYTES;
    this.length = 0;
  }

  /** Makes room for so many bytes more. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const larger = this.allocate(Math.max(needed, this.bytes.length * 2, BYTES_AT_FIRST));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** Writes a frame's head and makes room for its payload. */
  frame(type: number, flags: number, stream: number, payloadBytes: number): void {
    this.reserve(FRAME_HEADER_BYTES + payloadBytes);
    writeFrameHeader(this.bytes, this.length, type, flags, stream, payloadBytes);
    this.length += FRAME_HEADER_BYTES;
  }

  uint32(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value >>> 24;
    bytes[length + 1] = value >>> 16;
    bytes[length + 2] = value >>> 8;
    bytes[length + 3] = value;
    this.length += 4;
  }

  uint16(value: number): void {
    this.bytes[this.length] = value >>> 8;
    this.bytes[this.length + 1] = value;
    this.length += 2;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const { bytes, length } = this;
    // A call into the runtime costs more than a short loop.
    if (end - start < 64)
      for (let index = start, at = length; index < end; index += 1) bytes[at++] = source[index] ?? 0;
    else bytes.set(source.subarray(start, end), length);
    this.length += end - start;
  }
}

const NO_BYTES = new Uint8Array(0);
const BYTES_AT_FIRST = 1_024;

export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  type: number,
  flags: number,
  stream: number,
  payloadBytes: number,
): void {
  bytes[at] = payloadBytes >>> 16;
  bytes[at + 1] = payloadBytes >>> 8;
  bytes[at + 2] = payloadBytes;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  bytes[at + 5] = stream >>> 24;
  bytes[at + 6] = stream >>> 16;
  bytes[at + 7] = stream >>> 8;
  bytes[at + 8] = stream;
}
