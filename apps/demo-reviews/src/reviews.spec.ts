import { ratingOf } from './rating.ts';
import { createReviews, PRODUCTS, REVIEWS_SEED } from './reviews.ts';

const reviews = createReviews(REVIEWS_SEED);
const all = [...reviews.values()].flat();

describe('the reviews', () => {
  it('are the same in every instance', () => {
    expect(createReviews(REVIEWS_SEED)).toEqual(reviews);
    expect(createReviews(REVIEWS_SEED + 1)).not.toEqual(reviews);
  });

  it('are about products "1" to "300": some have many, some none, the first has some', () => {
    expect([...reviews.keys()]).toEqual(Array.from({ length: PRODUCTS }, (_, index) => `${index + 1}`));
    const counts = [...reviews.values()].map(({ length }) => length);
    expect(Math.min(...counts)).toBe(0);
    expect(Math.max(...counts)).toBeGreaterThan(20);
    expect(counts[0]).toBeGreaterThan(2);
  });

  it('use the whole scale, and mostly its upper end', () => {
    expect(new Set(all.map(({ stars }) => stars)).size).toBe(5);
    expect(ratingOf(all)?.averageStars).toBeGreaterThan(3.5);
  });

  it('have ids of their own, authors and texts', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { author, title, text } of all) {
      expect(author).toMatch(/^\p{L}+ [A-Z]\.$/u);
      expect(title).not.toBe('');
      expect(text).toMatch(/^\S.+[^ ]$/);
    }
  });

  it('come newest first, all written in 2025', () => {
    for (const written of reviews.values()) {
      const times = written.map(({ writtenAt }) => writtenAt);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
    expect(all.filter(({ writtenAt }) => new Date(writtenAt).getUTCFullYear() !== 2025).length).toBeLessThan(5);
  });
});

describe('a rating', () => {
  it.each([
    [[], undefined],
    [[5], { averageStars: 5, reviews: 1 }],
    [[5, 4, 4], { averageStars: 4.33, reviews: 3 }],
    [[1, 2], { averageStars: 1.5, reviews: 2 }],
  ] as const)('of %j is %j', (stars, rating) => {
    expect(ratingOf(stars.map((each) => ({ stars: each })))).toEqual(rating);
  });
});
