import type { EncodedMessage } from '../wire/encode-message.ts';

/** Appends and proposals in one frame. More: what came meanwhile and is urgent would wait behind it. */
export const FRAME_BYTES = 256 * 1_024;

/**
 * What waits for one peer: what is urgent (heartbeats, votes, answers) goes first, and is not held up by entries. Bounded by what it
 * refuses; what it has taken leaves in the order it came.
 */
export class Outbox {
  readonly #bulkBytesMax: number;
  readonly #urgentMax: number;
  #urgent: EncodedMessage[] = [];
  #bulk: EncodedMessage[] = [];
  #bulkBytes = 0;

  constructor(limits: { readonly bulkBytes: number; readonly urgentMessages: number }) {
    this.#bulkBytesMax = limits.bulkBytes;
    this.#urgentMax = limits.urgentMessages;
  }

  /** Of entries and proposals. */
  get bytes(): number {
    return this.#bulkBytes;
  }

  /** @returns whether there was room. However large, one always finds room in an empty one. */
  push(message: EncodedMessage, isUrgent: boolean): boolean {
    if (isUrgent) {
      if (this.#urgent.length >= this.#urgentMax) return false;
      this.#urgent.push(message);
      return true;
    }
    const bytes = bytesOf(message);
    if (this.#bulk.length > 0 && this.#bulkBytes + bytes > this.#bulkBytesMax) return false;
    this.#bulk.push(message);
    this.#bulkBytes += bytes;
    return true;
  }

  /** The next frame's: all that is urgent, and as much else as fits, but at least one. */
  take(): readonly EncodedMessage[] {
    const urgent = this.#urgent;
    if (urgent.length > 0) this.#urgent = [];
    if (this.#bulk.length === 0) return urgent;
    let count = 0;
    let bytes = 0;
    for (const message of this.#bulk) {
      const next = bytes + bytesOf(message);
      if (count > 0 && next > FRAME_BYTES) break;
      bytes = next;
      count += 1;
    }
    this.#bulkBytes -= bytes;
    const bulk = this.#bulk.splice(0, count);
    return urgent.length === 0 ? bulk : [...urgent, ...bulk];
  }

  /** Nobody is there to take it. @returns how many messages are lost */
  clear(): number {
    const lost = this.#urgent.length + this.#bulk.length;
    this.#urgent = [];
    this.#bulk = [];
    this.#bulkBytes = 0;
    return lost;
  }
}

function bytesOf({ head, tail }: EncodedMessage): number {
  return head.length + tail.length;
}
