import { checkedInteger } from '@portolan/kernel';
import { MalformedRecordError } from './errors.ts';

/** Reads what `ByteWriter` wrote, and nothing past its end. Little-endian. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  /** @param what names the record in errors */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length)
      throw new MalformedRecordError(this.#what, `it ends at byte ${this.#bytes.length}`);
    this.#at += bytes;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** 64 bits, of which JavaScript counts 53 exactly. */
  integer(): number {
    const at = this.#take(8);
    return checkedInteger(this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32, this.#what);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.#bytes.length - this.#at));
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** @throws MalformedRecordError when something is left */
  end(): void {
    if (this.#at < this.#bytes.length) {
      throw new MalformedRecordError(this.#what, `${this.#bytes.length - this.#at} bytes are left over`);
    }
  }
}
