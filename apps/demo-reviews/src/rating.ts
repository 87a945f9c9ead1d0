import type { Review } from './reviews.ts';

export interface Rating {
  /** 1 to 5, to two digits: more would pretend a precision that opinions do not have. */
  readonly averageStars: number;
  readonly reviews: number;
}

/** Undefined when there are no reviews: no average is not an average of 0. */
export function ratingOf(reviews: readonly Pick<Review, 'stars'>[]): Rating | undefined {
  if (reviews.length === 0) return undefined;
  const sum = reviews.reduce((total, { stars }) => total + stars, 0);
  return { averageStars: Math.round((100 * sum) / reviews.length) / 100, reviews: reviews.length };
}
