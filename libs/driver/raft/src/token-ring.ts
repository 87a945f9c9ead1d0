/** Grows when as many wait. */
const CAPACITY_AT_FIRST = 1_024;

/**
 * What is numbered 1, 2, 3, … and forgotten in about that order: found by its number. Hot path: apps/bench/raft. Not a Map, whose table is
 * replaced every so many entries: the old one, if it is in the old generation by then, keeps the new one alive and all that was in it,
 * and so on until a full collection, so that what lives for a moment is moved to the old generation.
 */
export class TokenRing<Value> {
  #slots = new Array<Value | undefined>(CAPACITY_AT_FIRST).fill(undefined);
  /** No lower one is here. */
  #first = 1;
  #next = 1;

  /** @returns its number */
  add(value: Value): number {
    if (this.#next - this.#first === this.#slots.length) this.#grow();
    const token = this.#next;
    this.#slots[token % this.#slots.length] = value;
    this.#next += 1;
    return token;
  }

  get(token: number): Value | undefined {
    return token < this.#first || token >= this.#next ? undefined : this.#slots[token % this.#slots.length];
  }

  delete(token: number): void {
    if (token < this.#first || token >= this.#next) return;
    this.#slots[token % this.#slots.length] = undefined;
    while (this.#first < this.#next && this.#slots[this.#first % this.#slots.length] === undefined) this.#first += 1;
  }

  /** The lowest number first; what is forgotten meanwhile is left out. */
  *[Symbol.iterator](): Generator<readonly [number, Value]> {
    for (let token = this.#first; token < this.#next; token += 1) {
      const value = this.get(token);
      if (value !== undefined) yield [token, value];
    }
  }

  #grow(): void {
    const slots = new Array<Value | undefined>(this.#slots.length * 2).fill(undefined);
    for (const [token, value] of this) slots[token % slots.length] = value;
    this.#slots = slots;
  }
}
