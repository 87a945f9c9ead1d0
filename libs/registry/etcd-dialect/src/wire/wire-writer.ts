const INITIAL_BYTES = 4_096;
/** Kept for the next message; a larger one is let go. */
const KEPT_BYTES_MAX = 1_048_576;
/** Below this a loop costs less than a call into the runtime. */
const LOOP_BYTES_MAX = 48;
const NUMBER_BYTES_MAX = 10;

/**
 * Writes a message of protobuf from its end to its beginning: so the length of what is in it is known when it is to be written. Hot path
 * (apps/bench/registry). Fields go in from the last to the first, a field's value before its tag.
 */
export class WireWriter {
  /** Where it begins in `bytes`; it goes to their end. */
  at = INITIAL_BYTES;
  bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private readonly halves = new DataView(new ArrayBuffer(8));

  /** For the next message. */
  begin(): void {
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.at = this.bytes.length;
  }

  /** Of a field: `number << 3 | type`, in one byte. */
  tag(tag: number): void {
    this.need(1);
    this.at -= 1;
    this.bytes[this.at] = tag;
  }

  /** @param value not negative, exact */
  number(value: number): void {
    this.need(NUMBER_BYTES_MAX);
    if (value < 0x80) {
      this.at -= 1;
      this.bytes[this.at] = value;
    } else {
      this.at -= numberBytes(value);
      writeNumber(this.bytes, this.at, value);
    }
  }

  /** As a field; nothing when it is 0. */
  numberField(tag: number, value: number): void {
    if (value === 0) return;
    this.number(value);
    this.tag(tag);
  }

  /** 64 bits, in two's complement. */
  bigint(value: bigint): void {
    const { halves } = this;
    halves.setBigInt64(0, value);
    const [high, low] = [halves.getUint32(0), halves.getUint32(4)];
    if (high === 0) {
      this.number(low);
      return;
    }
    this.need(NUMBER_BYTES_MAX);
    const rest = high >>> 3;
    this.at -= rest === 0 ? 5 : 5 + numberBytes(rest);
    const { bytes, at } = this;
    for (let index = 0; index < 4; index += 1) bytes[at + index] = ((low >>> (7 * index)) & 0x7f) | 0x80;
    bytes[at + 4] = (low >>> 28) | ((high & 0x07) << 4) | (rest === 0 ? 0 : 0x80);
    if (rest > 0) writeNumber(bytes, at + 5, rest);
  }

  /** @param bytes with their length before them, or without it */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.need(length);
    this.at -= length;
    if (length > LOOP_BYTES_MAX) this.bytes.set(bytes, this.at);
    else for (let index = 0; index < length; index += 1) this.bytes[this.at + index] = bytes[index] ?? 0;
  }

  /** As a field; nothing when there are none. */
  bytesField(tag: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.raw(bytes);
    this.number(bytes.length);
    this.tag(tag);
  }

  /** @param text a byte a character. Nothing when it is empty */
  latin1Field(tag: number, text: string): void {
    const { length } = text;
    if (length === 0) return;
    this.need(length);
    this.at -= length;
    if (length > LOOP_BYTES_MAX) this.bytes.write(text, this.at, 'latin1');
    else for (let index = 0; index < length; index += 1) this.bytes[this.at + index] = text.charCodeAt(index);
    this.number(length);
    this.tag(tag);
  }

  /** Before a message in this one whose end is where `bytes.length - at` was `from`: the bytes from there on move when there is no room. */
  message(tag: number, from: number): void {
    this.number(this.bytes.length - this.at - from);
    this.tag(tag);
  }

  /** Bytes that were written: for `message`. */
  get written(): number {
    return this.bytes.length - this.at;
  }

  /** The message. */
  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.at));
  }

  private need(bytes: number): void {
    if (this.at >= bytes) return;
    const { written } = this;
    const larger = Buffer.allocUnsafeSlow(2 * (this.bytes.length + bytes));
    this.bytes.copy(larger, larger.length - written, this.at);
    this.at = larger.length - written;
    this.bytes = larger;
  }
}

function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

function writeNumber(bytes: Uint8Array, at: number, value: number): void {
  let to = at;
  let rest = value;
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[to++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) bytes[to++] = (rest & 0x7f) | 0x80;
  bytes[to] = rest;
}
