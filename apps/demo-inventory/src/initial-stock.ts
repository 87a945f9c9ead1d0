import { createSeededRng } from '@portolan/kernel';

/** The shop sells products "1" to "300"; apps do not import each other. */
export const PRODUCTS = 300;

/** All instances begin with the same stock because all begin here. */
export const STOCK_SEED = 1_513;

/** Pieces that a product begins with, where it begins with any. */
const STOCK_MIN = 40;
const STOCK_MAX = 400;

/** Every hundredth product is sold out from the start, so that a demonstration of "no stock" needs no preparation. */
const SOLD_OUT_EVERY = 100;

/** How many pieces of each product there are before the first reservation: the catalogue of what this service knows. */
export function createInitialStock(seed: number): ReadonlyMap<string, number> {
  const rng = createSeededRng(seed);
  return new Map(
    Array.from({ length: PRODUCTS }, (_, index) => {
      const pieces = STOCK_MIN + rng.below(STOCK_MAX - STOCK_MIN + 1);
      const number = index + 1;
      return [`${number}`, number % SOLD_OUT_EVERY === 0 ? 0 : pieces];
    }),
  );
}
