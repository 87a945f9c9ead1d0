import { assert } from '@portolan/kernel';
import type { LogIndex } from './ids.ts';

/** Hot path: apps/bench/raft. Appends sent and not yet answered, a ring of (last index, bytes); bounded by count and by bytes. */
export class InFlight {
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #lastIndexes: Float64Array;
  readonly #sizes: Float64Array;
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
    this.#lastIndexes = new Float64Array(countMax);
    this.#sizes = new Float64Array(countMax);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#countMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: LogIndex, bytes: number): void {
    assert(this.#count < this.#countMax, 'no append is sent into a full window');
    const slot = (this.#first + this.#count) % this.#countMax;
    this.#lastIndexes[slot] = lastIndex;
    this.#sizes[slot] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Everything up to `index` is answered. */
  freeTo(index: LogIndex): void {
    while (this.#count > 0 && (this.#lastIndexes[this.#first] ?? 0) <= index) {
      this.#bytes -= this.#sizes[this.#first] ?? 0;
      this.#first = (this.#first + 1) % this.#countMax;
      this.#count -= 1;
    }
  }

  clear(): void {
    this.#first = 0;
    this.#count = 0;
    this.#bytes = 0;
  }
}
