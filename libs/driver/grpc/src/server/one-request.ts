import type { RpcLimits } from '@portolan/rpc';
import { inflated, type CompressedMessage } from '../wire/compression.ts';

const NOTHING = new Uint8Array(0);

/** The request of a method that takes one: a piece of some bytes, or what has to be inflated first. */
export class OneRequest {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  compressed: CompressedMessage | undefined;
  isHere = false;

  keep(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.compressed = undefined;
    this.isHere = true;
  }

  keepCompressed(message: CompressedMessage): void {
    this.compressed = message;
    this.isHere = true;
  }

  /** @returns when it is plain, if not at once. @throws LimitExceededError, MalformedCallError; or the promise does */
  inflate(limits: RpcLimits): Promise<void> | undefined {
    if (this.compressed === undefined) return undefined;
    const plain = inflated(this.compressed, 'request', limits);
    if (plain instanceof Promise) {
      return plain.then((bytes) => {
        this.keep(bytes, 0, bytes.length);
      });
    }
    this.keep(plain, 0, plain.length);
    return undefined;
  }

  /** Its handler has it, or nobody wants it. */
  drop(): void {
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
    this.compressed = undefined;
    this.isHere = false;
  }

  get size(): number {
    return this.compressed === undefined ? this.end - this.start : this.compressed.bytes.length;
  }

  get buffer(): Buffer {
    const { bytes, start, end } = this;
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  }
}
