import { LAYOUT } from './kinds.ts';

/** Bytes that an integer from 0 to 2^53 − 1 takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Bytes of a field that has so many, with its tag; for field numbers up to 15. */
export function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/**
 * Writes fields of Protocol Buffers into a buffer that the caller has measured. Hot path (apps/bench/raft): the generated writer makes a
 * `bigint` of each integer and a closure of each field. Field numbers up to 15.
 */
export class ProtoWriter {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** An integer from 0 to 2^53 − 1; 0 is what a reader takes a missing field for, and is left out. */
  integer(field: number, value: number): void {
    if (value === 0) return;
    this.tag(field, LAYOUT.varint);
    this.varint(value);
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.tag(field, LAYOUT.fixed64);
    this.at = this.bytes.writeBigUInt64LE(value, this.at);
  }

  data(field: number, data: Uint8Array): void {
    this.begin(field, data.length);
    this.raw(data);
  }

  /** A field of so many bytes, which come next. */
  begin(field: number, length: number): void {
    this.tag(field, LAYOUT.bytes);
    this.varint(length);
  }

  raw(data: Uint8Array): void {
    this.bytes.set(data, this.at);
    this.at += data.length;
  }

  private tag(field: number, layout: number): void {
    this.bytes[this.at] = field * 8 + layout;
    this.at += 1;
  }

  private varint(value: number): void {
    const { bytes } = this;
    let { at } = this;
    let rest = value;
    while (rest >= 128) {
      bytes[at] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
      at += 1;
    }
    bytes[at] = rest;
    this.at = at + 1;
  }
}
