import { order, RefusedError } from '@portolan/shop/testing';
import { startShop, type ShopOptions } from './testing/running-shop.ts';

const LINES = { lines: [{ productId: '1', quantity: 2 }] };

const startOrdersShop = async (options: ShopOptions = {}) => {
  const shop = await startShop(options);
  const authorization = await shop.bearer('ada');
  return {
    shop,
    authorization,
    place: (body: object | string, headers: Readonly<Record<string, string>> = {}) =>
      shop.post('/orders', body, { authorization, 'idempotency-key': 'k-1', ...headers }),
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  };
};

describe('POST /orders', () => {
  it('answers 201, where the order is, and the order', async () => {
    await using running = await startOrdersShop();
    const answer = await running.place(LINES);
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe('/orders/o-1');
    expect(answer.body).toEqual({
      id: 'o-1',
      status: 'placed',
      lines: [{ productId: '1', name: 'Brass lamp', quantity: 2, unitPrice: { amountMinor: 4_900, currency: 'EUR' } }],
      total: { amountMinor: 9_800, currency: 'EUR' },
      placedAt: '2026-03-01T09:30:00.000Z',
    });
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(answer.headers['portolan-served-by']).toBe('demo-orders;instance="demo-orders-a"');
  });

  it.each([
    ['/web', '/web/orders/o-1'],
    ['//evil.example', '/orders/o-1'],
    ['/web?', '/orders/o-1'],
  ])('behind a gateway that took off %s, the order is at %s', async (prefix, location) => {
    await using running = await startOrdersShop();
    const answer = await running.place(LINES, { 'x-forwarded-prefix': prefix });
    expect(answer.headers.location).toBe(location);
  });

  it('sends key, lines and customer to the service, and the same again is answered the same', async () => {
    const asked: unknown[] = [];
    await using running = await startOrdersShop({
      overrides: {
        orders: {
          placeOrder: async (request) => {
            asked.push(request);
            return { outcome: { $case: 'order', value: order } };
          },
        },
      },
    });
    const first = await running.place(LINES);
    const again = await running.place(LINES, { 'idempotency-key': '"k-1"' });
    expect([again.status, again.text, again.headers.location]).toEqual([201, first.text, first.headers.location]);
    expect(asked).toEqual([
      { idempotencyKey: 'k-1', lines: LINES.lines },
      { idempotencyKey: 'k-1', lines: LINES.lines },
    ]);
    expect(running.shop.calls.map(({ principal }) => principal)).toEqual(['user:ada', 'user:ada']);
  });

  it.each([
    ['ORDERS_KEY_REUSED', 'invalid', 422, undefined],
    ['ORDERS_IN_FLIGHT', 'conflict', 409, '1'],
    ['ORDERS_ANYTHING_ELSE', 'precondition', 409, undefined],
  ] as const)('%s (%s) is %i', async (code, kind, status, retryAfter) => {
    const refuse = (): Promise<never> => Promise.reject(new RefusedError(code, kind));
    await using running = await startOrdersShop({ overrides: { orders: { placeOrder: refuse } } });
    const answer = await running.place(LINES);
    expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([status, code, retryAfter]);
  });

  it('is 422 with each wrong field when the service refuses it', async () => {
    const wrong = { 'lines[0].productId': 'there is no product "1"' };
    const refuse = (): Promise<never> => Promise.reject(new RefusedError('ORDERS_INVALID_ORDER', 'invalid', wrong));
    await using running = await startOrdersShop({ overrides: { orders: { placeOrder: refuse } } });
    const answer = await running.place(LINES);
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ pointer: '/lines/0/productId', detail: 'there is no product "1"' }],
    ]);
  });

  it('is 409 with quantities when there is too little', async () => {
    const lines = [{ productId: '1', requested: 2, available: 1 }];
    await using running = await startOrdersShop({
      overrides: { orders: { placeOrder: async () => ({ outcome: { $case: 'outOfStock', value: { lines } } }) } },
    });
    const answer = await running.place(LINES);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'SHOP_OUT_OF_STOCK',
      detail: 'there is too little of product 1: 2 wanted, 1 there',
      shortages: lines,
    });
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  it('wants an idempotency key', async () => {
    await using running = await startOrdersShop();
    const { authorization } = running;
    const answer = await running.shop.post('/orders', LINES, { authorization });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ parameter: 'Idempotency-Key', detail: 'is required' }] });
    const malformed = await running.place(LINES, { 'idempotency-key': 'a/b' });
    expect([malformed.status, running.shop.calls]).toEqual([400, []]);
  });

  it.each([
    ['a negative quantity', { lines: [{ productId: '1', quantity: -1 }] }, '/lines/0/quantity', 'must be at least 1'],
    ['half a piece', { lines: [{ productId: '1', quantity: 0.5 }] }, '/lines/0/quantity', 'must be a whole number'],
    ['far too many', { lines: [{ productId: '1', quantity: 1_001 }] }, '/lines/0/quantity', 'must be at most 1000'],
    ['no product', { lines: [{ quantity: 1 }] }, '/lines/0/productId', 'must be a text'],
    ['no lines', { lines: [] }, '/lines', 'must have at least one line'],
    ['nothing', {}, '/lines', 'must be a list of lines'],
    ['a list', [], '', 'must be an object'],
    ['an unknown field', { ...LINES, coupon: 'x' }, '/coupon', 'is unknown'],
    ['a product twice', { lines: [...LINES.lines, ...LINES.lines] }, '/lines/1/productId', 'occurs in a line before'],
  ])('refuses %s and says where', async (_what, body, pointer, detail) => {
    await using running = await startOrdersShop();
    const answer = await running.place(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'HTTP_UNPROCESSABLE', errors: [{ pointer, detail }] });
    expect(running.shop.calls).toEqual([]);
  });

  it('says everything that is wrong at once, up to a bound', async () => {
    await using running = await startOrdersShop();
    const lines = Array.from({ length: 30 }, (_, index) => ({ productId: String(index), quantity: 0 }));
    const { body } = await running.place({ lines });
    expect(body.errors).toHaveLength(20);
    expect(body.detail).toContain('(and 29 more)');
  });
});

describe('reading orders', () => {
  it('GET /orders lists the caller’s', async () => {
    await using running = await startOrdersShop();
    const { authorization, shop } = running;
    const answer = await shop.get('/orders?limit=5', { authorization });
    expect(answer.body).toMatchObject({ items: [{ id: 'o-1' }] });
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(answer.headers.vary).toBe('Accept-Encoding, Authorization, Cookie, Origin');
    expect(shop.calls).toMatchObject([{ principal: 'user:ada' }]);
  });

  it('GET /orders/:id of somebody else is 404', async () => {
    await using running = await startOrdersShop({
      overrides: {
        orders: {
          getOrder: async (_request, { principal }) => {
            if (principal.kind === 'user' && principal.name === 'ada') return { order };
            throw new RefusedError('ORDERS_NOT_FOUND', 'not-found');
          },
        },
      },
    });
    const { authorization, shop } = running;
    expect((await shop.get('/orders/o-1', { authorization })).status).toBe(200);
    const others = await shop.get('/orders/o-1', { authorization: await shop.bearer('eve') });
    expect([others.status, others.body.code]).toEqual([404, 'ORDERS_NOT_FOUND']);
  });

  it.each(['/orders', '/orders/o-1'])('GET %s wants a session', async (path) => {
    await using shop = await startShop();
    const answer = await shop.get(path);
    expect([answer.status, answer.body.code]).toEqual([401, 'SHOP_SESSION_REQUIRED']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(shop.calls).toEqual([]);
  });
});
