import { MalformedFrameError } from '../errors.ts';
import { LAYOUT } from './kinds.ts';

/** Reads fields of Protocol Buffers from a part of a buffer, and nothing past its end. Hot path (apps/bench/raft). */
export class ProtoReader {
  private bytes: Uint8Array;
  private at: number;
  private end: number;
  private readonly what: string;
  private layout: number = LAYOUT.varint;

  /** @param what names it in errors */
  constructor(bytes: Uint8Array, start: number, end: number, what: string) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.what = what;
  }

  /** The number of the next field; 0 at the end. */
  field(): number {
    if (this.at >= this.end) return 0;
    const tag = this.varint();
    this.layout = tag % 8;
    const number = Math.floor(tag / 8);
    if (number === 0) throw this.malformed('it has a field 0');
    return number;
  }

  /** The value of a field that is an integer from 0 to 2^53 − 1. */
  integer(): number {
    this.expect(LAYOUT.varint);
    return this.varint();
  }

  fixed64(): bigint {
    this.expect(LAYOUT.fixed64);
    const at = this.take(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).getBigUint64(0, true);
  }

  /** The value of a field that has bytes: a part of what is read. */
  data(): Uint8Array {
    this.expect(LAYOUT.bytes);
    const length = this.varint();
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The value of a field that has fields of its own. */
  message(what: string): ProtoReader {
    this.expect(LAYOUT.bytes);
    const length = this.varint();
    const at = this.take(length);
    return new ProtoReader(this.bytes, at, at + length, what);
  }

  /** Passes over a field that this version does not know. */
  skip(): void {
    switch (this.layout) {
      case LAYOUT.varint:
        this.varint();
        break;
      case LAYOUT.fixed64:
        this.take(8);
        break;
      case LAYOUT.bytes:
        this.take(this.varint());
        break;
      case LAYOUT.fixed32:
        this.take(4);
        break;
      default:
        throw this.malformed(`a field is laid out in the unknown way ${this.layout}`);
    }
  }

  /** Copies the field that was just begun and what follows it, so that parts of it may be kept without what was read with them. */
  detach(): void {
    const copy = new Uint8Array(this.end - this.at);
    copy.set(this.bytes.subarray(this.at, this.end));
    this.bytes = copy;
    this.end -= this.at;
    this.at = 0;
  }

  malformed(why: string, cause?: unknown): MalformedFrameError {
    return new MalformedFrameError(this.what, why, cause);
  }

  private expect(layout: number): void {
    if (this.layout !== layout) throw this.malformed(`a field is laid out in another way (${this.layout})`);
  }

  private take(bytes: number): number {
    const { at } = this;
    if (bytes > this.end - at) throw this.malformed('it ends within a field');
    this.at = at + bytes;
    return at;
  }

  private varint(): number {
    const { bytes, end } = this;
    let { at } = this;
    let value = 0;
    let scale = 1;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte % 128) * scale;
      if (value > Number.MAX_SAFE_INTEGER) break;
      if (byte < 128) {
        this.at = at;
        return value;
      }
      scale *= 128;
      if (scale > 2 ** 56) break;
    }
    throw this.malformed(at < end ? 'a number is above 2^53 − 1' : 'it ends within a number');
  }
}
