import { keyFromBytes, type Key } from '../key.ts';

const NOTHING = Buffer.alloc(0);
/** Bytes of a number: 49 bits, so that it is exact. Revisions do not get there. */
const NUMBER_BYTES_MAX = 7;
const LOW_BITS = 49n;
/** And so many bytes more of what is no number: 63 bits. The next one would be the sign. */
const BIGINT_BYTES_MORE = 2;
const FIXED64_BYTES = 8;

/**
 * Reads messages of protobuf as clients usually write them. Hot path (apps/bench/registry): of what it finds odd, an unknown field, a
 * truncated message, a number of more than 49 bits, it says so, and the generated codec decides what it means. So both accept the same.
 */
export class WireReader {
  /** Something is not as usual: what was read means nothing. */
  isOdd = false;
  private buffer: Buffer = NOTHING;
  private bytes: Uint8Array = NOTHING;
  private at = 0;
  private limit = 0;
  /** The number that was read has more bytes. */
  private goesOn = false;

  /** For the next message, which is lent until it is read. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.at = start;
    this.limit = end;
    this.isOdd = false;
  }

  /** There is another field in this message. */
  get hasMore(): boolean {
    return this.at < this.limit && !this.isOdd;
  }

  /** A field of one byte or two: of what is in it, it says nothing. */
  tag(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    const second = this.byte();
    if (second >= 0x80) this.odd();
    return (second << 7) | (first & 0x7f);
  }

  odd(): void {
    this.isOdd = true;
  }

  bool(): boolean {
    const byte = this.byte();
    if (byte >= 0x80) this.odd();
    return byte !== 0;
  }

  /** Not negative. */
  number(): number {
    const value = this.septets(NUMBER_BYTES_MAX);
    if (this.goesOn) this.odd();
    return value;
  }

  /** Not negative, up to 63 bits. */
  bigint(): bigint {
    const low = this.septets(NUMBER_BYTES_MAX);
    const high = this.goesOn ? this.septets(BIGINT_BYTES_MORE) : 0;
    if (this.goesOn) this.odd();
    return high === 0 ? BigInt(low) : (BigInt(high) << LOW_BITS) | BigInt(low);
  }

  key(): Key {
    const end = this.through(this.number());
    const key = keyFromBytes(this.buffer, this.at, end);
    this.at = end;
    return key;
  }

  /** A copy. */
  copy(): Buffer {
    const end = this.through(this.number());
    const copy = Buffer.allocUnsafe(end - this.at);
    this.buffer.copy(copy, 0, this.at, end);
    this.at = end;
    return copy;
  }

  /** A copy in memory of its own, which keeps no larger buffer alive. */
  own(): Uint8Array {
    const end = this.through(this.number());
    const own = new Uint8Array(end - this.at);
    this.buffer.copy(own, 0, this.at, end);
    this.at = end;
    return own;
  }

  fixed64(): bigint {
    const end = this.through(FIXED64_BYTES);
    if (this.isOdd) return 0n;
    const value = this.buffer.readBigUInt64LE(this.at);
    this.at = end;
    return value;
  }

  /** Enters a message in this one. @returns what `leave` is given when it has no more */
  enter(): number {
    const outer = this.limit;
    this.limit = this.through(this.number());
    return outer;
  }

  leave(outer: number): void {
    this.limit = outer;
  }

  /** Where something ends that is so long. */
  private through(length: number): number {
    const end = this.at + length;
    if (end <= this.limit) return end;
    this.odd();
    return this.at;
  }

  /** So many bytes of a number, of 7 bits each, lowest first; fewer when it ends before, else it goes on. */
  private septets(bytesMax: number): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    let scale = 1;
    for (let read = 1; byte >= 0x80 && read < bytesMax; read += 1) {
      scale *= 0x80;
      byte = this.byte();
      value += (byte & 0x7f) * scale;
    }
    this.goesOn = byte >= 0x80;
    return value;
  }

  private byte(): number {
    const { at } = this;
    if (at >= this.limit) {
      this.odd();
      return 0;
    }
    this.at = at + 1;
    return this.buffer[at] ?? 0;
  }
}
