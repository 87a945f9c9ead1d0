import { lamp, RefusedError } from '@portolan/shop/testing';
import type { Product } from '@portolan/contracts/products';
import { startApp } from './testing/running-app.ts';

const productsOf = (count: number): readonly Product[] =>
  Array.from({ length: count }, (_, index) => ({
    ...lamp,
    id: String(index + 1),
    name: `Brass lamp no. ${index + 1}`,
  }));

const listing = (products: readonly Product[]) => ({
  products: {
    searchProducts: async () => ({ products, nextPageToken: '', total: products.length }),
  },
});

it('shows a product in one answer, in the shape of a small screen', async () => {
  await using app = await startApp();
  const { status, body, headers } = await app.get('/v1/products/1');
  expect(status).toBe(200);
  expect(body).toEqual({
    id: '1',
    name: 'Brass lamp',
    brand: 'Faro',
    text: 'Lights a chart table.',
    price: 4_900,
    currency: 'EUR',
    stock: 'in',
    stars: 4.5,
    reviewCount: 2,
    reviews: [{ by: 'Grace', stars: 5, title: 'Bright' }],
  });
  expect(headers['cache-control']).toBe('public, max-age=10');
  expect(headers['portolan-served-by']).toContain('demo-products');
});

it('shows twenty products in at most 4 KB', async () => {
  await using app = await startApp({ overrides: listing(productsOf(20)) });
  const { body, headers } = await app.get('/v1/products', { 'accept-encoding': 'br' });
  expect(body.items).toHaveLength(20);
  expect(headers['content-encoding']).toBe('br');
  // Superagent has decoded the body: what travelled is what the header said.
  const alone = await app.get('/v1/products', { 'accept-encoding': 'identity' });
  expect(alone.text.length).toBeLessThan(4_096);
});

it('shows the first screen in one answer', async () => {
  await using app = await startApp();
  const { body } = await app.get('/v1/home');
  expect(body).toMatchObject({
    currency: 'EUR',
    categories: [{ name: 'Instruments', products: 1 }, { name: 'Lamps' }],
  });
  expect(body.items).toEqual([
    { id: '1', name: 'Brass lamp', price: 4_900, stock: 'in', stars: 4.5 },
    { id: '2', name: 'Compass', price: 4_900, stock: 'out' },
  ]);
});

it('passes on cursors as they are', async () => {
  await using app = await startApp();
  expect((await app.get('/v1/products')).body.next).toBe('page-2');
});

describe('fields', () => {
  it('cut an answer, and each item of a list', async () => {
    await using app = await startApp();
    expect((await app.get('/v1/products/1?fields=name,price')).body).toEqual({ name: 'Brass lamp', price: 4_900 });
    const { body } = await app.get('/v1/products?fields=id');
    expect(body).toMatchObject({ currency: 'EUR', total: 300, items: [{ id: '1' }, { id: '2' }] });
    expect(body.items).toEqual([{ id: '1' }, { id: '2' }]);
  });

  it('that are unknown are named, each with its nearest', async () => {
    await using app = await startApp();
    const { status, body } = await app.get('/v1/products/1?fields=name,prize,zzz');
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'HTTP_BAD_REQUEST',
      errors: [
        { parameter: 'fields', detail: expect.stringMatching(/^"prize" is unknown; did you mean price\?/) as string },
        { parameter: 'fields', detail: expect.stringMatching(/^"zzz" is unknown; there are id/) as string },
      ],
    });
    expect(app.calls).toEqual([]);
  });

  it('never hide that something is missing', async () => {
    await using app = await startApp();
    await app.kill('inventory');
    expect((await app.get('/v1/products/1?fields=name')).body).toEqual({ name: 'Brass lamp', missing: ['inventory'] });
  });
});

describe('an ETag', () => {
  it('saves the body while nothing changed, in whatever coding', async () => {
    await using app = await startApp({ overrides: listing(productsOf(20)) });
    const first = await app.get('/v1/products', { 'accept-encoding': 'br' });
    const etag = first.headers.etag ?? '';
    expect(etag).toMatch(/^"[\w-]{16}-br"$/);
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", ${etag}`, 'accept-encoding': 'gzip' },
      { 'if-none-match': `W/${etag}`, 'accept-encoding': 'identity' },
      { 'if-none-match': '*' },
    ]) {
      const again = await app.get('/v1/products', headers);
      expect([again.status, again.text]).toEqual([304, '']);
      expect(again.headers.vary).toContain('Accept-Encoding');
    }
    expect((await app.get('/v1/products?fields=id', { 'if-none-match': etag })).status).toBe(200);
  });

  it('of a coding is that coding’s own', async () => {
    await using app = await startApp({ overrides: listing(productsOf(20)) });
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(
        async (coding) => (await app.get('/v1/products', { 'accept-encoding': coding })).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('of a partial answer is never that of a whole one, also when what was asked for is the same', async () => {
    let broken = false;
    await using app = await startApp({
      overrides: {
        inventory: {
          getStock: async () => {
            if (broken) throw new RefusedError('INVENTORY_BROKEN', 'internal');
            return { stock: [] };
          },
        },
      },
    });
    const whole = await app.get('/v1/products/1?fields=name');
    broken = true;
    const partial = await app.get('/v1/products/1?fields=name', { 'if-none-match': whole.headers.etag ?? '' });
    expect([partial.status, partial.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(partial.headers.etag).not.toBe(whole.headers.etag);
    broken = false;
    const again = await app.get('/v1/products/1?fields=name', { 'if-none-match': partial.headers.etag ?? '' });
    expect(again.status).toBe(200);
  });
});

describe('the version of the app', () => {
  it.each([
    [undefined, '1.0.0', 200],
    ['2.0.0', '2.0.0', 200],
    ['2.0.0', '2.1.0-beta.1', 200],
    ['2.0.0', '1.9.9', 426],
    ['2.0.0', '2.0.0-beta.1', 426],
    ['2.0.0', 'newest', 400],
    [undefined, '1', 400],
  ])('oldest %s, said %s: %s', async (appVersionMin, version, status) => {
    await using app = await startApp({ settings: { appVersionMin } });
    expect((await app.get('/v1/products/1', { 'x-app-version': version })).status).toBe(status);
  });

  it('that is too old is told what to update to; none is let in', async () => {
    await using app = await startApp({ settings: { appVersionMin: '2.0.0' } });
    const { body, headers } = await app.get('/v1/home', { 'x-app-version': '1.2.3' });
    expect(body).toMatchObject({
      code: 'BFF_MOBILE_APP_TOO_OLD',
      appVersionMin: '2.0.0',
      fix: expect.stringMatching('2.0.0') as string,
    });
    expect(headers.upgrade).toBe('portolan-shop/2.0.0');
    expect((await app.get('/v1/home')).status).toBe(200);
  });
});

it('gives a whole screen again for a moment, cut as each asks for it', async () => {
  await using app = await startApp({ settings: { cacheTtlMs: 60_000 } });
  await app.get('/v1/products/1');
  const calls = app.calls.length;
  const again = await app.get('/v1/products/1?fields=price');
  expect([again.body, again.headers.age, app.calls.length]).toEqual([{ price: 4_900 }, '0', calls]);
  expect((await app.get('/v1/products/1?fields=prize')).status).toBe(400);
});

it('says 404 outside of /v1, and 405 where only reading is possible', async () => {
  await using app = await startApp();
  expect((await app.get('/products/1')).status).toBe(404);
  expect((await app.post('/v1/home', {})).status).toBe(405);
});
