import { OrderStatus } from '@portolan/contracts/orders';
import { order, RefusedError } from '@portolan/shop/testing';
import { startApp } from './testing/running-app.ts';

const lines = [{ productId: '1', quantity: 1 }];

it('places an order, and names where it is through the gateway', async () => {
  await using app = await startApp();
  const headers = { authorization: await app.bearer('ada'), 'idempotency-key': 'k-1', 'x-forwarded-prefix': '/mobile' };
  const placed = await app.post('/v1/orders', { lines }, headers);
  expect([placed.status, placed.headers.location]).toEqual([201, '/mobile/v1/orders/o-1']);
  expect(placed.body).toEqual({
    id: 'o-1',
    status: 'placed',
    currency: 'EUR',
    total: 9_800,
    placedAt: '2026-03-01T09:30:00.000Z',
    lines: [{ productId: '1', name: 'Brass lamp', quantity: 2 }],
  });
  expect(app.calls).toMatchObject([{ part: 'orders', principal: 'user:ada' }]);
});

it.each(['/v1/orders', '/v1/orders/o-1'])('shows %s to its customer alone, and to nobody’s cache', async (path) => {
  await using app = await startApp();
  expect((await app.get(path)).status).toBe(401);
  const { status, headers } = await app.get(path, { authorization: await app.bearer('ada') });
  expect([status, headers['cache-control']]).toEqual([200, 'private, no-store']);
});

describe('orders that were made offline', () => {
  it('are placed one after the other, and each is told what became of it', async () => {
    const asked: string[] = [];
    await using app = await startApp({
      overrides: {
        orders: {
          placeOrder: async ({ idempotencyKey }) => {
            asked.push(idempotencyKey);
            if (idempotencyKey === 'short') {
              const short = [{ productId: '1', requested: 1, available: 0 }];
              return { outcome: { $case: 'outOfStock' as const, value: { lines: short } } };
            }
            if (idempotencyKey === 'reused') throw new RefusedError('ORDERS_KEY_REUSED', 'invalid');
            if (idempotencyKey === 'busy') throw new RefusedError('ORDERS_IN_FLIGHT', 'conflict');
            if (idempotencyKey === 'away') throw new RefusedError('RPC_UNAVAILABLE', 'unavailable');
            return { outcome: { $case: 'order' as const, value: { ...order, status: OrderStatus.SHIPPED } } };
          },
        },
      },
    });
    const keys = ['fresh', 'short', 'reused', 'busy', 'away', '"quoted"'];
    const authorization = await app.bearer('ada');
    const answer = await app.post(
      '/v1/orders/replay',
      { orders: keys.map((key) => ({ key, lines })) },
      { authorization },
    );
    expect(answer.status).toBe(200);
    expect(answer.body.results).toMatchObject([
      { key: 'fresh', outcome: 'placed', order: { id: 'o-1', status: 'shipped' } },
      { key: 'short', outcome: 'refused', problem: { code: 'SHOP_OUT_OF_STOCK' } },
      { key: 'reused', outcome: 'refused', problem: { code: 'ORDERS_KEY_REUSED' } },
      { key: 'busy', outcome: 'retry', problem: { code: 'ORDERS_IN_FLIGHT' } },
      { key: 'away', outcome: 'retry', problem: { code: 'SHOP_PART_UNAVAILABLE' } },
      { key: 'quoted', outcome: 'placed' },
    ]);
    expect(asked).toEqual(['fresh', 'short', 'reused', 'busy', 'away', 'quoted']);
  });

  it.each([
    [{ orders: [] }, '/orders'],
    [{ orders: Array.from({ length: 21 }, (_, index) => ({ key: `k-${index}`, lines })) }, '/orders'],
    [
      {
        orders: [
          { key: 'k', lines },
          { key: '"k"', lines },
        ],
      },
      '/orders',
    ],
    [{ orders: [{ key: 'k', lines: [] }] }, '/orders/0/lines'],
    [{ orders: [{ key: 'a b', lines }] }, '/orders/0/key'],
    [{ orders: [{ key: 'k', lines, price: 0 }] }, '/orders/0/price'],
  ])('%j is refused whole', async (body, pointer) => {
    await using app = await startApp();
    const answer = await app.post('/v1/orders/replay', body, { authorization: await app.bearer('ada') });
    expect([answer.status, answer.body]).toMatchObject([422, { errors: [{ pointer }] }]);
    expect(app.calls).toEqual([]);
  });

  it('need a session', async () => {
    await using app = await startApp();
    expect((await app.post('/v1/orders/replay', { orders: [{ key: 'k', lines }] })).status).toBe(401);
  });
});
