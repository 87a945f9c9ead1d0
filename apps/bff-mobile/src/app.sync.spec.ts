import type { Product } from '@portolan/contracts/products';
import { createMemoryCache } from '@portolan/cache';
import { RefusedError, lamp } from '@portolan/shop/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { startApp, type AppOptions } from './testing/running-app.ts';

/** A catalogue that changes. */
class World {
  products: Product[] = [lamp, { ...lamp, id: '2', name: 'Compass' }, { ...lamp, id: '3', name: 'Sextant' }];
  stock = new Map([
    ['1', 12],
    ['2', 3],
  ]);
  inventoryBroken = false;
  readonly options: AppOptions = {
    cache: createMemoryCache(new VirtualClock()),
    overrides: {
      products: {
        searchProducts: async ({ pageToken }) => ({
          // In pages of two.
          products: this.products.slice(Number(pageToken), Number(pageToken) + 2),
          nextPageToken: Number(pageToken) + 2 < this.products.length ? String(Number(pageToken) + 2) : '',
          total: this.products.length,
        }),
      },
      inventory: {
        getStock: async ({ productIds }) => {
          if (this.inventoryBroken) throw new RefusedError('INVENTORY_BROKEN', 'internal');
          return { stock: productIds.map((productId) => ({ productId, available: this.stock.get(productId) ?? 0 })) };
        },
      },
    },
  };
}

it('tells what is new, what changed and what is gone, to any instance', async () => {
  const world = new World();
  await using first = await startApp(world.options);
  await using second = await startApp(world.options);
  const all = await first.get('/v1/sync');
  expect(all.body).toMatchObject({
    reset: true,
    gone: [],
    items: [{ id: '1' }, { id: '2', stock: 'low' }, { id: '3' }],
  });
  const token = String(all.body.token);
  expect((await second.get(`/v1/sync?since=${token}`)).body).toEqual({
    currency: 'EUR',
    reset: false,
    items: [],
    gone: [],
    token,
  });

  world.products = [
    { ...lamp, price: { amountMinor: 5_000n, currency: 'EUR' } },
    { ...lamp, id: '2', name: 'Compass' },
    { ...lamp, id: '4', name: 'Log' },
  ];
  world.stock.set('2', 0);
  const changed = await second.get(`/v1/sync?since=${token}`);
  expect(changed.body).toMatchObject({
    reset: false,
    gone: ['3'],
    items: [
      { id: '1', price: 5_000 },
      { id: '2', stock: 'out' },
      { id: '4', name: 'Log' },
    ],
  });
  expect((await first.get(`/v1/sync?since=${String(changed.body.token)}`)).body).toMatchObject({ items: [], gone: [] });
  // An app that was away longer asks with its older token.
  expect((await first.get(`/v1/sync?since=${token}&fields=id`)).body.items).toEqual([
    { id: '1' },
    { id: '2' },
    { id: '4' },
  ]);
});

it('while a part is missing tells what is sure, and keeps the token', async () => {
  const world = new World();
  await using app = await startApp(world.options);
  const token = String((await app.get('/v1/sync')).body.token);
  world.inventoryBroken = true;
  world.products = world.products.slice(0, 2);
  const { body, headers } = await app.get(`/v1/sync?since=${token}`);
  expect(body).toEqual({ currency: 'EUR', reset: false, items: [], gone: ['3'], token, missing: ['inventory'] });
  expect(headers['cache-control']).toBe('no-store');
  const fromNothing = await app.get('/v1/sync');
  expect(fromNothing.body).toMatchObject({ reset: true, missing: ['inventory'] });
  expect(fromNothing.body).not.toHaveProperty('token');
});

it('begins again for a token that nobody remembers, and refuses one that is none', async () => {
  await using app = await startApp(new World().options);
  expect((await app.get(`/v1/sync?since=${'x'.repeat(22)}`)).body).toMatchObject({ reset: true });
  expect((await app.get('/v1/sync?since=yesterday')).status).toBe(400);
});

it('refuses to hand out more than an app keeps', async () => {
  await using app = await startApp({
    overrides: { products: { searchProducts: async () => ({ products: [lamp], nextPageToken: 'x', total: 5_001 }) } },
  });
  expect((await app.get('/v1/sync')).body).toMatchObject({ code: 'BFF_MOBILE_CATALOGUE_TOO_LARGE' });
});
