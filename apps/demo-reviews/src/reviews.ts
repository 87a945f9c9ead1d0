import { assert, createSeededRng, epochMillis, type EpochMillis, type Rng } from '@portolan/kernel';
import { FIRST_NAMES, INITIALS, OPINIONS, type Stars } from './opinions.ts';

export interface Review {
  /** `<product>-<number>` */
  readonly id: string;
  readonly productId: string;
  readonly author: string;
  readonly stars: Stars;
  readonly title: string;
  readonly text: string;
  readonly writtenAt: EpochMillis;
}

/** Of one product, newest first. */
export type ReviewsByProduct = ReadonlyMap<string, readonly Review[]>;

/** The shop sells products "1" to "300"; apps do not import each other. */
export const PRODUCTS = 300;

/** All instances tell the same because all begin here. */
export const REVIEWS_SEED = 1_507;

/** A product that everybody talks about. */
const REVIEWS_MAX = 24;

/** Reviews are younger than any product and older than any order. */
const FIRST_WRITTEN = Date.UTC(2025, 0, 1, 6);
const WRITTEN_MINUTES = 365 * 24 * 60;
const MINUTE_MS = 60_000;

/** How products differ: out of ten reviews, how many have 1, 2, 3, 4 and 5 stars. */
const REPUTATIONS: readonly (readonly [number, number, number, number, number])[] = [
  [0, 0, 1, 3, 6],
  [0, 1, 1, 4, 4],
  [0, 0, 2, 5, 3],
  [1, 1, 3, 3, 2],
  [0, 0, 0, 4, 6],
];

/** What customers say. The same seed gives the same reviews everywhere; those of a product do not depend on other products. */
export function createReviews(seed: number): ReviewsByProduct {
  return new Map(
    Array.from({ length: PRODUCTS }, (_, index) => {
      const productId = `${index + 1}`;
      return [productId, reviewsOf(productId, createSeededRng(seed * (PRODUCTS + 1) + index))];
    }),
  );
}

function reviewsOf(productId: string, rng: Rng): readonly Review[] {
  // Squared: few products have many reviews, and some none.
  const count = Math.floor(rng.float() ** 2 * (REVIEWS_MAX + 1) + 0.7);
  const reputation = pick(REPUTATIONS, rng).flatMap((share, index) => Array<Stars>(share).fill(starsOf(index + 1)));
  const written = Array.from({ length: count }, () => FIRST_WRITTEN + rng.below(WRITTEN_MINUTES) * MINUTE_MS);
  return written
    .sort((a, b) => a - b)
    .map((writtenAt, index) => createReview(`${productId}-${index + 1}`, productId, writtenAt, reputation, rng))
    .reverse();
}

function createReview(
  id: string,
  productId: string,
  writtenAt: number,
  reputation: readonly Stars[],
  rng: Rng,
): Review {
  const stars = pick(reputation, rng);
  const { titles, openings, endings } = OPINIONS[stars];
  return {
    id,
    productId,
    author: `${pick(FIRST_NAMES, rng)} ${INITIALS.charAt(rng.below(INITIALS.length))}.`,
    stars,
    title: pick(titles, rng),
    text: `${pick(openings, rng)} ${pick(endings, rng)}`.trim(),
    writtenAt: epochMillis(writtenAt),
  };
}

function starsOf(value: number): Stars {
  assert(value === 1 || value === 2 || value === 3 || value === 4 || value === 5, 'a review has one to five stars');
  return value;
}

function pick<Item>(items: readonly Item[], rng: Rng): Item {
  const item = items[rng.below(items.length)];
  assert(item !== undefined, 'there is something to pick from');
  return item;
}
