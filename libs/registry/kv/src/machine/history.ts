import { assert } from '@portolan/kernel';
import type { Revision } from '../ids.ts';
import { changeBytes, type Change } from './change.ts';

/** A part of a history that stays as it is, whatever is appended or forgotten. */
export type HistoryPart = Iterable<Change>;

/** The changes of one keyspace, oldest first: appended at the end, forgotten from the front, found by revision. */
export class History {
  #changes: Change[] = [];
  /** Changes before it are forgotten; they leave the array in bulk, so that forgetting is cheap. */
  #start = 0;
  #bytes = 0;

  get length(): number {
    return this.#changes.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get newest(): Change | undefined {
    return this.length === 0 ? undefined : this.#changes.at(-1);
  }

  append(change: Change): void {
    assert((this.newest?.revision ?? 0) < change.revision, 'history goes forward');
    this.#changes.push(change);
    this.#bytes += changeBytes(change);
  }

  /** @param position 0 is the oldest kept */
  at(position: number): Change {
    const change = this.#changes[this.#start + position];
    assert(change !== undefined && position >= 0, 'a position inside the history');
    return change;
  }

  /** Position of the first change at or after `from`; `length` when there is none. */
  position(from: Revision): number {
    let low = this.#start;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const change = this.#changes[middle];
      assert(change !== undefined, 'binary search stays inside');
      if (change.revision < from) low = middle + 1;
      else high = middle;
    }
    return low - this.#start;
  }

  /** All that is kept now. O(1): changes are only ever added behind it, and what is forgotten is left out of a copy. */
  capture(): HistoryPart {
    return part(this.#changes, this.#start, this.#changes.length);
  }

  forgetBefore(oldest: Revision): void {
    const forgotten = this.position(oldest);
    for (let position = 0; position < forgotten; position += 1) this.#bytes -= changeBytes(this.at(position));
    this.#start += forgotten;
    if (this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }
}

function* part(changes: readonly Change[], start: number, end: number): HistoryPart {
  for (let index = start; index < end; index += 1) {
    const change = changes[index];
    assert(change !== undefined, 'a captured part stays');
    yield change;
  }
}
