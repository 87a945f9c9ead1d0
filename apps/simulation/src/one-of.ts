import type { Rng } from '@portolan/kernel';

/** @returns undefined when there is none; it draws all the same */
export function oneOf<Item>(rng: Rng, items: readonly Item[]): Item | undefined {
  return items[rng.below(Math.max(1, items.length))];
}
