import type { Placeable } from './placeable.ts';

/** What can be placed next. */
export interface Choices {
  /**
   * What was called before the first return that is still to come. First those that are required, the most urgent before the
   * others; one that need not have happened is the last thing to believe in.
   */
  readonly candidates: readonly number[];
  /** Of the candidates those that are not required, in the order of their calls. */
  readonly optional: readonly number[];
  /** The required one that returns first of those that have no place yet; −1: all have. */
  readonly deadline: number;
  /** How many of the required ones were called before that return. */
  readonly window: number;
}

/** Which operations have their place in the order. The required ones are ranked by their calls; all before `first` have theirs. */
export class PlacedSet {
  readonly #calls: Float64Array;
  readonly #returns: Float64Array;
  readonly #required: readonly number[];
  readonly #optional: readonly number[];
  readonly #isPlaced: Uint8Array;
  /** −1: not required. */
  readonly #ranks: Int32Array;
  #first = 0;

  /** @param operations in the order of their calls */
  constructor(operations: readonly Placeable<unknown, unknown>[]) {
    this.#calls = Float64Array.from(operations, ({ call }) => call);
    this.#returns = Float64Array.from(operations, ({ returned }) => returned);
    this.#isPlaced = new Uint8Array(operations.length);
    this.#ranks = new Int32Array(operations.length).fill(-1);
    const indexes = operations.map((_, index) => index);
    this.#required = indexes.filter((index) => operations[index]?.isRequired === true);
    this.#optional = indexes.filter((index) => operations[index]?.isRequired === false);
    for (const [rank, index] of this.#required.entries()) this.#ranks[index] = rank;
  }

  returnOf(index: number): number {
    return this.#returns[index] ?? Number.POSITIVE_INFINITY;
  }

  isRequired(index: number): boolean {
    return this.#ranks[index] !== -1;
  }

  add(index: number): void {
    this.#isPlaced[index] = 1;
    while (this.#isPlaced[this.#required[this.#first] ?? -1] === 1) this.#first += 1;
  }

  remove(index: number): void {
    this.#isPlaced[index] = 0;
    if (this.isRequired(index)) this.#first = Math.min(this.#first, this.#ranks[index] ?? 0);
  }

  /** @param latestCall of those placed: what had returned before it cannot come after it */
  choices(latestCall: number): Choices {
    const required: number[] = [];
    let deadline = -1;
    let firstReturn = Number.POSITIVE_INFINITY;
    let window = this.#first;
    for (; window < this.#required.length; window += 1) {
      const index = this.#required[window] ?? -1;
      if (this.#callOf(index) > firstReturn) break;
      if (this.#isPlaced[index] === 1) continue;
      required.push(index);
      if (this.returnOf(index) >= firstReturn) continue;
      firstReturn = this.returnOf(index);
      deadline = index;
    }
    const optional: number[] = [];
    for (const index of this.#optional) {
      if (this.#callOf(index) > firstReturn) break;
      if (this.#isPlaced[index] === 0 && this.returnOf(index) > latestCall) optional.push(index);
    }
    required.sort((one, other) => this.returnOf(one) - this.returnOf(other));
    return { candidates: [...required, ...optional], optional, deadline, window };
  }

  /** Says exactly which of the required ones have a place: how many from the first, then bits up to the window. */
  key(window: number): string {
    let key = `${this.#first}:`;
    for (let rank = this.#first; rank < window; rank += 16) {
      let bits = 0;
      for (let bit = 0; bit < 16 && rank + bit < window; bit += 1) {
        bits |= (this.#isPlaced[this.#required[rank + bit] ?? -1] ?? 0) << bit;
      }
      key += String.fromCharCode(bits);
    }
    return `${key}:`;
  }

  #callOf(index: number): number {
    return this.#calls[index] ?? Number.POSITIVE_INFINITY;
  }
}
