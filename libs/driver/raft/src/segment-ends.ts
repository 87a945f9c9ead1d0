/** The highest index that each segment of the log has an entry for: a segment is needed until a snapshot holds all of them. */
export class SegmentEnds {
  readonly #ends = new Map<number, number>();

  note(segment: number, lastIndex: number): void {
    this.#ends.set(segment, Math.max(lastIndex, this.#ends.get(segment) ?? 0));
  }

  /**
   * The first segment that is still needed by who starts from a snapshot at `index`; forgets those before it.
   * @param current the one being written, which is always needed
   */
  neededAfter(index: number, current: number): number {
    for (const segment of [...this.#ends.keys()].sort((a, b) => a - b)) {
      if (segment >= current || (this.#ends.get(segment) ?? 0) > index) return Math.min(segment, current);
      this.#ends.delete(segment);
    }
    return current;
  }
}
