interface Placed {
  readonly index: number;
  readonly token: number;
}

/**
 * Proposals by where they stand in the log, until that is applied: in order, for that is how they are placed, but for what a new leader has
 * placed again where it took others away. Hot path: apps/bench/raft. Not a Map: see `TokenRing`.
 */
export class PlacedTokens {
  #placed: (Placed | undefined)[] = [];
  /** What is before it has been taken. */
  #head = 0;

  /** @param index not applied yet */
  add(index: number, token: number): void {
    const placed = { index, token };
    let at = this.#placed.length;
    while (at > this.#head && (this.#placed[at - 1]?.index ?? 0) > index) at -= 1;
    if (at === this.#placed.length) this.#placed.push(placed);
    else this.#placed.splice(at, 0, placed);
  }

  /** The first of those at `index`, or before it, and forgets it. */
  take(index: number): number | undefined {
    const first = this.#placed[this.#head];
    if (first === undefined || first.index > index) return undefined;
    this.#placed[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#placed.length) this.clear();
    else if (this.#head * 2 > this.#placed.length) {
      this.#placed = this.#placed.slice(this.#head);
      this.#head = 0;
    }
    return first.token;
  }

  clear(): void {
    this.#placed = [];
    this.#head = 0;
  }
}
