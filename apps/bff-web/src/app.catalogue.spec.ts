import { lamp, RefusedError } from '@portolan/shop/testing';
import { startShop } from './testing/running-shop.ts';

describe('a product page', () => {
  it('is whole: product, stock, reviews, rating, and who took part', async () => {
    await using shop = await startShop();
    const answer = await shop.get('/products/1');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: '1',
      name: 'Brass lamp',
      brand: 'Faro',
      category: 'Lamps',
      description: 'Lights a chart table.',
      price: { amountMinor: 4_900, currency: 'EUR' },
      releasedAt: '2026-02-03T00:00:00.000Z',
      tags: ['brass', 'warm'],
      stock: { available: 12 },
      rating: { average: 4.5, count: 2 },
      reviews: [
        {
          id: 'r-1',
          author: 'Grace',
          stars: 5,
          title: 'Bright',
          text: 'It is.',
          writtenAt: '2026-02-03T00:00:00.000Z',
        },
      ],
    });
    expect(answer.headers['portolan-served-by']?.split(', ').sort()).toEqual([
      'demo-inventory;instance="demo-inventory-a"',
      'demo-products;instance="demo-products-a"',
      'demo-reviews;instance="demo-reviews-a"',
    ]);
    expect(answer.headers['cache-control']).toBe('public, max-age=10');
    expect(answer.headers.vary).toBe('Accept-Encoding, Origin');
  });

  it('says nothing in stock, and no rating, of what the services do not know', async () => {
    await using shop = await startShop({
      overrides: {
        inventory: { getStock: async () => ({ stock: [] }) },
        reviews: { listReviews: async () => ({ reviews: [], nextPageToken: '', rating: undefined }) },
      },
    });
    const { body } = await shop.get('/products/2');
    expect(body).toMatchObject({ stock: { available: 0 }, rating: { average: null, count: 0 }, reviews: [] });
  });

  it('that does not exist is 404, at once', async () => {
    await using shop = await startShop();
    shop.hang('reviews');
    const answer = await shop.get('/products/no-such');
    expect(answer.status).toBe(404);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'PRODUCTS_NOT_FOUND', status: 404, instance: '/products/no-such' });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('is answered 304 to who has it', async () => {
    await using shop = await startShop();
    const { headers } = await shop.get('/products/1');
    const again = await shop.get('/products/1', { 'If-None-Match': headers.etag ?? '' });
    expect(again.status).toBe(304);
  });
});

describe('the list of products', () => {
  it('has stock and ratings, a total and a cursor', async () => {
    await using shop = await startShop();
    const answer = await shop.get('/products');
    expect(answer.body).toMatchObject({
      items: [
        { id: '1', stock: { available: 12 }, rating: { average: 4.5, count: 2 } },
        { id: '2', stock: { available: 0 }, rating: { average: null, count: 0 } },
      ],
      total: 300,
      nextCursor: 'page-2',
    });
    expect(answer.headers['cache-control']).toBe('public, max-age=10');
  });

  it('asks for what the query says', async () => {
    const asked: unknown[] = [];
    await using shop = await startShop({
      overrides: {
        products: {
          searchProducts: async (request) => {
            asked.push(request);
            return { products: [lamp], nextPageToken: '', total: 1 };
          },
        },
      },
    });
    const answer = await shop.get('/products?q=brass%20lamp&category=Lamps&sort=price-ascending&cursor=c&limit=5');
    expect(asked).toEqual([{ text: 'brass lamp', category: 'Lamps', order: 2, pageSize: 5, pageToken: 'c' }]);
    expect(answer.body).not.toHaveProperty('nextCursor');
  });

  it.each([
    ['limit=0', 'limit', 'must be at least 1'],
    ['limit=101', 'limit', 'must be at most 100'],
    ['limit=many', 'limit', 'must be a number'],
    ['sort=cheapest', 'sort', 'must be one of relevance, name, price-ascending, price-descending, newest'],
    ['q=a&q=b', 'q', 'may be given only once'],
    ['sorted=name', 'sorted', 'is unknown; did you mean sort? there are q, category, sort, cursor, limit'],
    ['page=2', 'page', 'is unknown; there are q, category, sort, cursor, limit'],
  ])('refuses ?%s', async (query, parameter, detail) => {
    await using shop = await startShop();
    const answer = await shop.get(`/products?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'HTTP_BAD_REQUEST', errors: [{ parameter, detail }] });
    expect(shop.calls).toEqual([]);
  });

  it('passes on that a cursor is no good', async () => {
    const refused = new RefusedError('PRODUCTS_BAD_PAGE_TOKEN', 'invalid');
    await using shop = await startShop({
      overrides: { products: { searchProducts: () => Promise.reject(refused) } },
    });
    const answer = await shop.get('/products?cursor=made-up');
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'PRODUCTS_BAD_PAGE_TOKEN', fix: 'ask for something else' });
  });
});

describe('the home page', () => {
  it('has the categories and the newest products', async () => {
    await using shop = await startShop();
    const { body } = await shop.get('/home');
    expect(body).toMatchObject({
      categories: [{ name: 'Instruments', products: 1 }, { name: 'Lamps' }],
      newest: [{ id: '1', stock: { available: 12 } }, { id: '2' }],
    });
  });
});
