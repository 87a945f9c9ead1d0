import { checkedInteger } from '@portolan/kernel';
import { MalformedRecordError } from './errors.ts';

/** Reads what `ByteWriter` wrote, and nothing past its end. Little-endian. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what names the record in errors */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
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
    return this.#byte(this.#take(1));
  }

  uint32(): number {
    return this.#uint32(this.#take(4));
  }

  uint64(): bigint {
    const at = this.#take(8);
    return BigInt(this.#uint32(at)) | (BigInt(this.#uint32(at + 4)) << 32n);
  }

  /** 64 bits, of which JavaScript counts 53 exactly. */
  integer(): number {
    const at = this.#take(8);
    return checkedInteger(this.#uint32(at) + this.#uint32(at + 4) * 2 ** 32, this.#what);
  }

  /** Not by a DataView: making one costs more than all that is read of an entry. */
  #uint32(at: number): number {
    const low = this.#byte(at) | (this.#byte(at + 1) << 8) | (this.#byte(at + 2) << 16);
    return (low | (this.#byte(at + 3) << 24)) >>> 0;
  }

  /** That it is there was looked at. */
  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
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
