import { createSeededRng, type Rng } from '@portolan/kernel';

/** What a seed chooses: the same each time, so that a failure can be had again. */
export class Seeded {
  private readonly rng: Rng;

  constructor(seed: number) {
    this.rng = createSeededRng(seed);
  }

  /** @returns a whole number from 0, below `end` */
  below(end: number): number {
    return end <= 1 ? 0 : this.rng.below(end);
  }

  /** Once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes(count: number): number[] {
    // Long ones repeat one byte: what is in content matters to nobody.
    return count > 64
      ? new Array<number>(count).fill(this.below(256))
      : Array.from({ length: count }, () => this.below(256));
  }
}
