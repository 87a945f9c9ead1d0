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

  /** Characters of latin1. */
  text(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
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
