import { OrderStatus } from '@portolan/contracts/orders';
import { CrashError, createCrash } from '@portolan/kv/testing';
import fc from 'fast-check';
import { CLAIM_TTL_SECONDS } from './claim.ts';
import { SHARED_MS } from './key-retention.ts';
import { customerOf, NoCustomerError, type PlaceOutcome } from './order-book.ts';
import type { LineItem } from './order-request.ts';
import { RETENTION_SECONDS, Shop } from './testing/shop.ts';

const lines = (...items: readonly (readonly [string, number])[]): LineItem[] =>
  items.map(([productId, quantity]) => ({ productId, quantity }));
const request = (idempotencyKey: string, ...items: readonly (readonly [string, number])[]) => ({
  idempotencyKey,
  lines: lines(...items),
});
/** Until a claim has ended. */
const CLAIM_MS = CLAIM_TTL_SECONDS * 1_000 + 1_000;

const idOf = (outcome: PlaceOutcome): string => (outcome.kind === 'placed' ? outcome.order.id : 'none');

describe('an order', () => {
  let shop: Shop;
  beforeEach(() => {
    shop = new Shop({ '1': 10, '2': 3 });
  });
  afterEach(() => shop[Symbol.asyncDispose]());

  it('has names, prices and a total as they are when it is placed, and takes the stock', async () => {
    const outcome = await shop.instance().place('ada', request('k', ['1', 2], ['2', 1]), {});
    expect(outcome).toEqual({
      kind: 'placed',
      order: {
        id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        status: OrderStatus.PLACED,
        lines: [
          { productId: '1', name: 'Product 1', quantity: 2, unitPrice: { amountMinor: 1_000n, currency: 'EUR' } },
          { productId: '2', name: 'Product 2', quantity: 1, unitPrice: { amountMinor: 2_000n, currency: 'EUR' } },
        ],
        total: { amountMinor: 4_000n, currency: 'EUR' },
        placedAt: BigInt(shop.clock.epoch()),
      },
    });
    expect(shop.shelf).toEqual(
      new Map([
        ['1', 8],
        ['2', 2],
      ]),
    );
  });

  it('is the same one when its key comes again, at any instance, in any order of lines, at other prices', async () => {
    const first = await shop.instance().place('ada', request('k', ['1', 2], ['2', 1]), {});
    shop.prices.set('1', { name: 'Dearer', price: { amountMinor: 9_999n, currency: 'EUR' } });
    expect(await shop.instance().place('ada', request('k', ['2', 1], ['1', 2]), {})).toEqual(first);
    expect(await shop.orders()).toHaveLength(1);
    expect(shop.shelf.get('1')).toBe(8);
  });

  it('is refused under a key of another one; another customer has keys of its own', async () => {
    const first = await shop.instance().place('ada', request('k', ['1', 2]), {});
    await expect(shop.instance().place('ada', request('k', ['1', 3]), {})).rejects.toMatchObject({
      code: 'ORDERS_KEY_REUSED',
      kind: 'invalid',
    });
    expect(idOf(await shop.instance().place('eve', request('k', ['1', 3]), {}))).not.toBe(idOf(first));
  });

  it('that meets too little stock is none, and its key may be used again', async () => {
    const short = request('k', ['1', 1], ['2', 4]);
    expect(await shop.instance().place('ada', short, {})).toEqual({
      kind: 'out-of-stock',
      lines: [{ productId: '2', requested: 4, available: 3 }],
    });
    expect(await shop.stored('orders/')).toEqual([]);
    expect(shop.shelf.get('1')).toBe(10);
    expect(await shop.instance().place('ada', request('k', ['2', 3]), {})).toMatchObject({ kind: 'placed' });
  });

  it('of an unknown product is refused with its line, and nothing is written', async () => {
    await expect(shop.instance().place('ada', request('k', ['1', 1], ['x', 1]), {})).rejects.toMatchObject({
      code: 'ORDERS_INVALID_ORDER',
      context: { 'lines[1].productId': 'there is no product "x"' },
    });
    expect(await shop.stored('orders/')).toEqual([]);
  });

  it('that is under way elsewhere is in flight, until its claim ends', async () => {
    const crash = createCrash(5, 'after');
    await expect(shop.instance(crash).place('ada', request('k', ['1', 1]), {})).rejects.toBeInstanceOf(CrashError);
    const again = () => shop.instance().place('ada', request('k', ['1', 1]), {});
    await expect(again()).rejects.toMatchObject({ code: 'ORDERS_IN_FLIGHT', kind: 'conflict' });
    await expect(shop.instance().place('ada', request('k', ['1', 2]), {})).rejects.toMatchObject({
      code: 'ORDERS_KEY_REUSED',
    });
    await shop.clock.advance(CLAIM_MS);
    expect(await again()).toMatchObject({ kind: 'placed' });
    expect(shop.shelf.get('1')).toBe(9);
  });

  /** An instance that has heard from the inventory, and does not go on before it is told to. */
  const slowInstance = () => {
    const paused = Promise.withResolvers<undefined>();
    const resumed = Promise.withResolvers<undefined>();
    const { partners } = shop;
    const book = shop.instance(undefined, {
      ...partners,
      reserve: async (...call) => {
        const outcome = await partners.reserve(...call);
        paused.resolve(undefined);
        await resumed.promise;
        return outcome;
      },
    });
    const resume = (): void => {
      resumed.resolve(undefined);
    };
    return { book, paused: paused.promise, resume };
  };

  it('is written by the holder of the claim alone: one that was slow finds what another placed', async () => {
    const { book, paused, resume } = slowInstance();
    const late = book.place('ada', request('k', ['1', 1]), {});
    await paused;
    await shop.clock.advance(CLAIM_MS);
    const first = await shop.instance().place('ada', request('k', ['1', 1]), {});
    await shop.clock.advance(CLAIM_MS);
    resume();
    expect(await late).toEqual(first);
    expect(await shop.orders()).toEqual(first.kind === 'placed' ? [first.order] : []);
  });

  it('under a key that is used again is nothing to one that was slow to hear of the shortage', async () => {
    const { book, paused, resume } = slowInstance();
    const late = book.place('ada', request('k', ['2', 4]), {});
    await paused;
    await shop.clock.advance(CLAIM_MS);
    expect(await shop.instance().place('ada', request('k', ['2', 4]), {})).toMatchObject({ kind: 'out-of-stock' });
    const next = slowInstance();
    const order = next.book.place('ada', request('k', ['2', 2]), {});
    await next.paused;
    resume();
    expect(await late).toMatchObject({ kind: 'out-of-stock' });
    next.resume();
    expect(await order).toMatchObject({ kind: 'placed' });
    expect(shop.shelf.get('2')).toBe(1);
  });

  it('is remembered by its key for the retention, and then is another one', async () => {
    const first = await shop.instance().place('ada', request('k', ['1', 1]), {});
    await shop.clock.advance((RETENTION_SECONDS - 1) * 1_000);
    expect(idOf(await shop.instance().place('ada', request('k', ['1', 1]), {}))).toBe(idOf(first));
    await shop.clock.advance(SHARED_MS + 2_000);
    expect(idOf(await shop.instance().place('ada', request('k', ['1', 1]), {}))).not.toBe(idOf(first));
    expect(await shop.orders()).toHaveLength(2);
  });

  it('shares the lease of its key with others, and survives that the store forgot it', async () => {
    const book = shop.instance();
    for (const key of ['a', 'b', 'c']) await book.place('ada', request(key, ['1', 1]), {});
    const leases = new Set((await shop.stored('orders/idempotency/')).map(({ lease }) => lease));
    expect(leases.size).toBe(1);
    for (const id of leases) {
      if (id !== undefined) await shop.store.revokeLease({ principal: { kind: 'service', name: 'demo-orders' }, id });
    }
    expect(await book.place('ada', request('d', ['1', 1]), {})).toMatchObject({ kind: 'placed' });
  });

  it('says that it cannot read what another version wrote', async () => {
    await shop.instance().place('ada', request('k', ['1', 1]), {});
    const [placed] = await shop.stored('orders/idempotency/');
    const key = placed?.key;
    if (key === undefined) throw new Error('the key is stored');
    const put = { kind: 'put', keyspace: 'user', key, value: Buffer.from('{"format":2}') } as const;
    await shop.store.txn({ principal: { kind: 'service', name: 'demo-orders' }, success: [put] });
    await expect(shop.instance().place('ada', request('k', ['1', 1]), {})).rejects.toMatchObject({
      code: 'ORDERS_UNREADABLE_RECORD',
      context: { key: 'orders/idempotency/ada/k' },
    });
  });

  it('is somebody’s', () => {
    expect(customerOf({ kind: 'user', name: 'ada' })).toBe('ada');
    expect(() => customerOf({ kind: 'anonymous' })).toThrow(NoCustomerError);
  });
});

describe('an instance that is killed', () => {
  const STEPS = [1, 2, 3, 4, 5, 6, 7];
  it.each(STEPS.flatMap((at) => (['before', 'after'] as const).map((side) => [side, at] as const)))(
    '%s its step %i leaves exactly one order, once the customer has asked again',
    async (side, at) => {
      await using shop = new Shop({ '1': 10 });
      const crash = createCrash(at, side);
      await expect(shop.instance(crash).place('ada', request('k', ['1', 4]), {})).rejects.toBeInstanceOf(CrashError);
      const outcome = await shop.placeInTheEnd('ada', request('k', ['1', 4]));
      expect((await shop.orders()).map(({ id }) => id)).toEqual([idOf(outcome)]);
      expect(shop.shelf.get('1')).toBe(6);
      expect(await shop.stored('orders/intents/')).toEqual([]);
      expect(await shop.stored('orders/claims/')).toEqual([]);
    },
  );
});

describe('orders', () => {
  it('are one a key, and take what they say, whatever crashes and whoever repeats (property)', async () => {
    const order = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      // Two products of which there is too little for all.
      productId: fc.constantFrom('1', '2'),
      quantity: fc.integer({ min: 1, max: 3 }),
    });
    const crash = fc.record({ at: fc.integer({ min: 1, max: 8 }), side: fc.constantFrom('before', 'after') });
    const call = fc.record({ order, crash: fc.option(crash, { nil: undefined, freq: 3 }), waits: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), fc.boolean(), async (calls, together) => {
        const stock = { '1': 5, '2': 2 };
        await using shop = new Shop(stock);
        const answered = new Map<string, Set<string>>();
        const place = async ({ order: one, crash: plan, waits }: (typeof calls)[number]): Promise<void> => {
          if (waits) await shop.clock.advance(CLAIM_MS);
          const book = shop.instance(plan && createCrash(plan.at, plan.side));
          const outcome = await book.place('ada', request(one.key, [one.productId, one.quantity]), {});
          const name = `${one.key} ${one.productId} ${one.quantity}`;
          if (outcome.kind === 'placed') answered.set(name, (answered.get(name) ?? new Set()).add(outcome.order.id));
        };
        if (together) await Promise.allSettled(calls.map(place));
        else for (const each of calls) await Promise.allSettled([place(each)]);
        for (const { order: one } of calls) {
          await Promise.allSettled([shop.placeInTheEnd('ada', request(one.key, [one.productId, one.quantity]))]);
        }
        // Whoever was told of an order was told of the same one, and it is there.
        const orders = await shop.orders();
        const ids = new Set(orders.map(({ id }) => id));
        for (const told of answered.values())
          expect([told.size, [...told].every((id) => ids.has(id))]).toEqual([1, true]);
        expect(orders.length).toBeLessThanOrEqual(new Set(calls.map((each) => each.order.key)).size);
        // Every piece is on the shelf or in an order.
        for (const [productId, pieces] of Object.entries(stock)) {
          const sold = orders.flatMap((each) => each.lines).filter((line) => line.productId === productId);
          const ordered = sold.reduce((sum, { quantity }) => sum + quantity, 0);
          expect((shop.shelf.get(productId) ?? 0) + ordered).toBe(pieces);
        }
        expect(await shop.stored('orders/intents/')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
