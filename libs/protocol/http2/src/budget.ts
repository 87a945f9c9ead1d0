/**
 * What a peer may spend before it is a flood: a bucket that time and good behaviour fill. Reads no clock.
 */
export class Budget {
  private readonly capacity: number;
  private readonly perSecond: number;
  private left: number;
  private filledAt: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(capacity: number, perSecond: number, now: number) {
    this.capacity = capacity;
    this.perSecond = perSecond;
    this.left = capacity;
    this.filledAt = now;
  }

  /** @returns false when it is used up */
  spend(now: number): boolean {
    if (this.left < 1) {
      this.left = Math.min(this.capacity, this.left + ((now - this.filledAt) * this.perSecond) / 1_000);
      this.filledAt = now;
      if (this.left < 1) return false;
    } else if (this.left === this.capacity) this.filledAt = now;
    this.left -= 1;
    return true;
  }

  /** One is given back. */
  earn(): void {
    if (this.left < this.capacity) this.left = Math.min(this.capacity, this.left + 1);
  }
}
