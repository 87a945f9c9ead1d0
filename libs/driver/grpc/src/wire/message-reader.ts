/** A compressed flag and four bytes of length. */
export const PREFIX_BYTES = 5;

/** Told of each message as it is whole. The bytes are a part of what was read, or memory of their own: either way they may be kept. */
export type OnMessage = (bytes: Uint8Array, start: number, end: number, isCompressed: boolean) => void;

/**
 * Cuts the content of a stream into gRPC's length-prefixed messages. One that is whole in a piece is handed on where it is; else it
 * is gathered, at most `bytesMax` of it.
 */
export class MessageReader {
  private readonly bytesMax: number;
  private readonly onMessage: OnMessage;
  private readonly onTooLarge: (bytes: number) => void;
  private prefixBytes = 0;
  private flag = 0;
  private length = 0;
  private gathered: Buffer | undefined;
  private gatheredBytes = 0;
  private isBroken = false;

  /** @param onTooLarge a message is longer than `bytesMax`: nothing more is read */
  constructor(bytesMax: number, onMessage: OnMessage, onTooLarge: (bytes: number) => void) {
    this.bytesMax = bytesMax;
    this.onMessage = onMessage;
    this.onTooLarge = onTooLarge;
  }

  /** A message has begun and is not whole. */
  get isMidway(): boolean {
    return this.prefixBytes > 0;
  }

  /** The memory of a message that is not whole, in bytes. */
  get gatheredSize(): number {
    return this.gathered?.length ?? 0;
  }

  /** For the next stream. */
  reset(): void {
    this.prefixBytes = 0;
    this.gathered = undefined;
    this.gatheredBytes = 0;
    this.isBroken = false;
  }

  read(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.isBroken) {
      at = this.prefixBytes < PREFIX_BYTES ? this.readPrefix(bytes, at, end) : this.readBody(bytes, at, end);
    }
  }

  private readPrefix(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.prefixBytes < PREFIX_BYTES) {
      const byte = bytes[at] ?? 0;
      if (this.prefixBytes === 0) {
        this.flag = byte;
        this.length = 0;
      } else {
        this.length = this.length * 256 + byte;
      }
      this.prefixBytes += 1;
      at += 1;
    }
    if (this.prefixBytes < PREFIX_BYTES) return at;
    if (this.length > this.bytesMax) {
      this.isBroken = true;
      this.onTooLarge(this.length);
    } else if (this.length === 0) {
      this.whole(EMPTY, 0, 0);
    }
    return at;
  }

  private readBody(bytes: Uint8Array, start: number, end: number): number {
    const wanted = this.length - this.gatheredBytes;
    const take = Math.min(wanted, end - start);
    if (this.gathered === undefined && take === wanted) {
      this.whole(bytes, start, start + take);
      return start + take;
    }
    this.gathered ??= Buffer.allocUnsafe(Math.min(this.length, GATHERED_BYTES_AT_FIRST));
    this.makeRoom(this.gatheredBytes + take);
    this.gathered.set(bytes.subarray(start, start + take), this.gatheredBytes);
    this.gatheredBytes += take;
    if (this.gatheredBytes === this.length) this.whole(this.gathered, 0, this.length);
    return start + take;
  }

  /** Grows with what really came: a prefix alone must not make us hold its length. */
  private makeRoom(bytes: number): void {
    const { gathered } = this;
    if (gathered === undefined || bytes <= gathered.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.length, Math.max(bytes, gathered.length * 2)));
    larger.set(gathered.subarray(0, this.gatheredBytes));
    this.gathered = larger;
  }

  private whole(bytes: Uint8Array, start: number, end: number): void {
    this.prefixBytes = 0;
    this.gathered = undefined;
    this.gatheredBytes = 0;
    this.onMessage(bytes, start, end, this.flag !== 0);
  }
}

const EMPTY = new Uint8Array(0);
const GATHERED_BYTES_AT_FIRST = 65_536;

/** Writes the prefix of a message that is not compressed. */
export function writePrefix(target: Uint8Array, at: number, length: number): void {
  target[at] = 0;
  target[at + 1] = length >>> 24;
  target[at + 2] = length >>> 16;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}
