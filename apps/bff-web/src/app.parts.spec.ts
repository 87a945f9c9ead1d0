import { lamp, RefusedError, until } from '@portolan/shop/testing';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@portolan/virtual-world';
import { startShop } from './testing/running-shop.ts';

describe('an optional part', () => {
  it.each(['inventory', 'reviews'] as const)('that is dead is named missing: %s', async (part) => {
    await using shop = await startShop();
    await shop.kill(part);
    const answer = await shop.get('/products/1');
    expect(answer.status).toBe(200);
    expect(answer.body.missing).toEqual([part]);
    expect(answer.body).not.toHaveProperty(part === 'inventory' ? 'stock' : 'reviews');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['portolan-served-by']).not.toContain(`demo-${part}`);
    expect(await shop.metric('http_missing_parts_total')).toMatch(new RegExp(`part="${part}",code="RPC_.*} 1$`, 'm'));
  });

  it('that fails is named missing, on every page', async () => {
    const broken = (): Promise<never> => Promise.reject(new RefusedError('INVENTORY_BROKEN', 'internal'));
    await using shop = await startShop({ overrides: { inventory: { getStock: broken } } });
    for (const path of ['/home', '/products', '/products/1']) {
      const answer = await shop.get(path);
      expect([answer.status, answer.body.missing, answer.headers['cache-control']]).toEqual([
        200,
        ['inventory'],
        'no-store',
      ]);
    }
  });

  it('that hangs costs its slice of the deadline, not the answer', async () => {
    const clock = new VirtualClock();
    await using shop = await startShop({ clock, settings: { deadlineMs: 20_000, optionalDeadlineMs: 10_000 } });
    shop.hang('reviews');
    const answering = shop.get('/products/1');
    // The deadline of the answer and that of the reviews are left: the other parts are there.
    await Promise.all([shop.reached('reviews'), shop.reached('inventory')]);
    await until(() => clock.pending === 2);
    await clock.advance(10_000);
    const answer = await answering;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ missing: ['reviews'], stock: { available: 12 } });
    expect(clock.pending).toBe(0);
  });

  it('that begins late still leaves time to answer', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    await using shop = await startShop({
      clock,
      settings: { deadlineMs: 20_000, optionalDeadlineMs: 10_000 },
      overrides: {
        products: {
          searchProducts: async () => {
            asked.resolve(undefined);
            await go.promise;
            return { products: [lamp], nextPageToken: '', total: 1 };
          },
        },
      },
    });
    shop.hang('reviews');
    shop.hang('inventory');
    const answering = shop.get('/products');
    await asked.promise;
    await clock.advance(15_000);
    go.resolve(undefined);
    await Promise.all([shop.reached('reviews'), shop.reached('inventory')]);
    await clock.advance(4_900);
    const answer = await answering;
    expect([answer.status, answer.body.missing]).toEqual([200, ['inventory', 'reviews']]);
  });
});

describe('a required part', () => {
  it('that is dead is 503 with Retry-After, without waiting for anything', async () => {
    const clock = new VirtualClock();
    await using shop = await startShop({ clock });
    shop.hang('reviews');
    await shop.kill('products');
    const answer = await shop.get('/products/1');
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({
      code: 'SHOP_PART_UNAVAILABLE',
      detail: 'demo-products cannot be reached just now',
    });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    // The clock never moved: it was no deadline that ended the wait.
    expect(clock.now()).toBe(0);
  });

  it('that hangs is 504 at the deadline', async () => {
    const clock = new VirtualClock();
    await using shop = await startShop({ clock, settings: { deadlineMs: 20_000 } });
    shop.hang('products');
    const answering = shop.get('/products/1');
    await shop.reached('products');
    await clock.advance(20_000);
    const answer = await answering;
    expect(answer.status).toBe(504);
    expect(answer.body).toMatchObject({
      code: 'SHOP_PART_TOO_LATE',
      detail: 'demo-products did not answer within 20000 ms',
    });
  });

  it('that breaks is 502, and only the log says how', async () => {
    await using shop = await startShop({
      overrides: { products: { getProduct: () => Promise.reject(new Error('disk on fire')) } },
    });
    const answer = await shop.get('/products/1');
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'SHOP_PART_FAILED', detail: 'demo-products failed' });
    expect(answer.text).not.toContain('fire');
    expect(shop.lines).toContainEqual(
      expect.objectContaining({ level: 'error', code: 'SHOP_PART_FAILED', traceId: answer.body.traceId }),
    );
  });

  it('that leaves out what it owes is 502', async () => {
    await using shop = await startShop({
      overrides: { products: { getProduct: async () => ({ product: undefined }) } },
    });
    const answer = await shop.get('/products/1');
    expect([answer.status, answer.body.code]).toEqual([502, 'SHOP_MALFORMED_ANSWER']);
  });
});

it('asks all parts at once', async () => {
  const clock = new VirtualClock();
  await using shop = await startShop({ clock, settings: { deadlineMs: 20_000, optionalDeadlineMs: 10_000 } });
  shop.hang('products');
  shop.hang('inventory');
  shop.hang('reviews');
  const answering = shop.get('/products/1');
  await Promise.all([shop.reached('products'), shop.reached('inventory'), shop.reached('reviews')]);
  await clock.advance(20_000);
  expect((await answering).status).toBe(504);
});

it('answers many at once, each its own', async () => {
  await using shop = await startShop();
  const ids = Array.from({ length: 60 }, (_, index) => String((index % 2) + 1));
  const server = createServer(shop.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressOf(server.address());
  const pages = await Promise.all(
    ids.map(async (id) => {
      const answer = await fetch(`http://127.0.0.1:${port}/products/${id}`);
      const page: unknown = await answer.json();
      return page;
    }),
  );
  server.close();
  server.closeAllConnections();
  expect(pages).toMatchObject(ids.map((id) => ({ id })));
});

it('cancels its calls when the client goes away', async () => {
  const cancelled = Promise.withResolvers<undefined>();
  await using shop = await startShop({
    overrides: {
      products: {
        getProduct: (_request, call) =>
          new Promise((_resolve, reject) => {
            call.signal.addEventListener('abort', () => {
              cancelled.resolve(undefined);
              reject(new RefusedError('PRODUCTS_CANCELLED', 'cancelled'));
            });
          }),
      },
    },
  });
  const server = createServer(shop.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressOf(server.address());
  const outgoing = get(`http://127.0.0.1:${port}/products/1`);
  outgoing.on('error', () => undefined);
  await shop.reached('products');
  outgoing.destroy();
  await expect(cancelled.promise).resolves.toBeUndefined();
  server.close();
  server.closeAllConnections();
});

it('refuses at once what is over its bound', async () => {
  const clock = new VirtualClock();
  await using shop = await startShop({ clock, settings: { deadlineMs: 20_000, requestsInFlightMax: 1 } });
  shop.hang('products');
  const first = shop.get('/products/1');
  await shop.reached('products');
  const second = await shop.get('/products/1');
  expect([second.status, second.body.code, second.headers['retry-after']]).toEqual([503, 'HTTP_OVERLOADED', '2']);
  await clock.advance(20_000);
  expect((await first).status).toBe(504);
  expect((await shop.get('/openapi.json')).status).toBe(200);
});

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
