/** Input that is kept: a head that is not whole, or what was sent behind a request that is not answered yet. An idle connection keeps none. */
export class PendingInput {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (this.end + end - start > this.bytes.length) {
      const target =
        needed > this.bytes.length ? new Uint8Array(Math.max(BYTES_AT_FIRST, needed, this.length * 2)) : this.bytes;
      target.set(this.bytes.subarray(this.start, this.end));
      this.bytes = target;
      this.end = this.length;
      this.start = 0;
    }
    this.bytes.set(source.subarray(start, end), this.end);
    this.end += end - start;
  }

  /** All before is done with. */
  skipTo(start: number): void {
    this.start = start;
    if (start === this.end) this.clear();
  }

  clear(): void {
    this.bytes = NO_BYTES;
    this.start = 0;
    this.end = 0;
  }
}

const NO_BYTES = new Uint8Array(0);
const BYTES_AT_FIRST = 512;
