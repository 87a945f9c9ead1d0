/** Fills a buffer whose size the caller has counted. Little-endian. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #taken = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  uint8(value: number): void {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  uint64(value: bigint): void {
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }

  /** A whole number up to 2^53 − 1, as 64 bits; without a `bigint` for each. */
  integer(value: number): void {
    this.uint32(value % 2 ** 32);
    this.uint32(Math.floor(value / 2 ** 32));
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** What was written since this was called last: a part of the buffer, not a copy. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.#taken, this.#at);
    this.#taken = this.#at;
    return taken;
  }
}
