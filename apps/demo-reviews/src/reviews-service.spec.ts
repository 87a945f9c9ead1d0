import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { createClient, implement, type Client } from '@portolan/rpc';
import { startLoopback, type Loopback } from '@portolan/service/testing';
import { createReviewsService } from './reviews-service.ts';
import { createReviews, REVIEWS_SEED } from './reviews.ts';

describe('ReviewsService', () => {
  const written = createReviews(REVIEWS_SEED);
  const busiest = [...written].reduce((most, each) => (each[1].length > most[1].length ? each : most));
  const silent = [...written].flatMap(([id, { length }]) => (length === 0 ? id : []))[0] ?? '';
  let loopback: Loopback;
  let reviews: Client<typeof ReviewsServiceService>;
  beforeAll(async () => {
    loopback = await startLoopback([implement(ReviewsServiceService, createReviewsService(written))]);
    reviews = createClient(ReviewsServiceService, loopback.connection);
  });
  afterAll(() => loopback[Symbol.asyncDispose]());

  it('pages through the reviews of a product, each page with the rating of the whole', async () => {
    const [productId, expected] = busiest;
    const first = await reviews.listReviews({ productId, pageSize: 5, pageToken: '' });
    expect(first.rating).toMatchObject({ productId, reviews: expected.length });
    const rest = await reviews.listReviews({ productId, pageSize: 100, pageToken: first.nextPageToken });
    expect(rest.nextPageToken).toBe('');
    expect(rest.rating).toEqual(first.rating);
    expect([...first.reviews, ...rest.reviews].map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });

  it('refuses the page token of another product', async () => {
    const { nextPageToken: pageToken } = await reviews.listReviews({
      productId: busiest[0],
      pageSize: 1,
      pageToken: '',
    });
    await expect(reviews.listReviews({ productId: '2', pageSize: 1, pageToken })).rejects.toMatchObject({
      code: 'SERVICE_INVALID_PAGE_TOKEN',
      kind: 'invalid',
    });
  });

  it.each([silent, 'no-such-product'])('has neither reviews nor a rating of product %s', async (productId) => {
    expect(await reviews.listReviews({ productId, pageSize: 0, pageToken: '' })).toEqual({
      reviews: [],
      nextPageToken: '',
      rating: undefined,
    });
  });

  it('answers the ratings that there are', async () => {
    const { ratings } = await reviews.getRatings({ productIds: [silent, busiest[0], 'x', busiest[0]] });
    expect(ratings.map(({ productId }) => productId)).toEqual([busiest[0]]);
    const productIds = Array.from({ length: 101 }, (_, index) => `${index}`);
    await expect(reviews.getRatings({ productIds })).rejects.toMatchObject({ code: 'SERVICE_TOO_MANY_IDS' });
  });
});
