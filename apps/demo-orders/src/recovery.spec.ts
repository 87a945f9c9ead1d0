import type { Rng } from '@portolan/kernel';
import { createCrash } from '@portolan/kv/testing';
import type { OrderBook } from './order-book.ts';
import { Recovery, SWEEP_MS } from './recovery.ts';
import { PRINCIPAL, Shop } from './testing/shop.ts';

const ORDER = { idempotencyKey: 'k', lines: [{ productId: '1', quantity: 2 }] };

/** Long enough for two sweeps of every instance. */
const TWO_SWEEPS_MS = 4 * SWEEP_MS;

describe('recovery', () => {
  let shop: Shop;
  let said: string[];
  beforeEach(() => {
    shop = new Shop({ '1': 10 });
    said = [];
  });
  afterEach(() => shop[Symbol.asyncDispose]());

  const recover = (book: Pick<OrderBook, 'place'> = shop.instance(), rng: Rng = shop.rng): Recovery =>
    new Recovery({
      book,
      store: shop.store,
      principal: PRINCIPAL,
      clock: shop.clock,
      rng,
      logger: {
        info: (_fields, message) => said.push(message),
        warn: (_fields, message) => said.push(message),
      },
    });
  /** Leaves the order reserved and not written. */
  const leave = (): Promise<unknown> =>
    shop
      .instance(createCrash(5, 'after'))
      .place('ada', ORDER, {})
      .catch(() => undefined);

  it('finishes, once, an order whose instance died and whose customer never came back', async () => {
    await leave();
    await using recoveries = new AsyncDisposableStack();
    recoveries.use(recover());
    recoveries.use(recover());
    await shop.clock.advance(TWO_SWEEPS_MS);
    const orders = await shop.orders();
    expect(orders).toHaveLength(1);
    expect(shop.shelf.get('1')).toBe(8);
    expect(await shop.stored('orders/intents/')).toEqual([]);
    expect(said).toEqual(['finished an order that was left']);
    const again = await shop.instance().place('ada', ORDER, {});
    expect(again).toEqual({ kind: 'placed', order: orders[0] });
  });

  it('leaves alone what was begun since its last look', async () => {
    let asked = 0;
    const book = {
      place: async () => {
        asked += 1;
        return { kind: 'out-of-stock' as const, lines: [] };
      },
    };
    await using recoveries = new AsyncDisposableStack();
    recoveries.use(recover(book, { below: () => 0, float: () => 0 }));
    await leave();
    await shop.clock.advance(SWEEP_MS / 2);
    expect(asked).toBe(0);
    await shop.clock.advance(SWEEP_MS / 2);
    expect(asked).toBe(1);
  });

  it('goes on after a failure, and says it once', async () => {
    await leave();
    let failing = true;
    const whole = shop.instance();
    await using recoveries = new AsyncDisposableStack();
    recoveries.use(
      recover({
        place: (...call) => (failing ? Promise.reject(new Error('inventory is away')) : whole.place(...call)),
      }),
    );
    await shop.clock.advance(TWO_SWEEPS_MS);
    expect(said).toContain('cannot finish an order that was left; trying on');
    failing = false;
    await shop.clock.advance(TWO_SWEEPS_MS);
    expect(await shop.orders()).toHaveLength(1);
  });

  it('ends when it is disposed', async () => {
    const recovery = recover();
    await recovery[Symbol.asyncDispose]();
    await leave();
    await shop.clock.advance(TWO_SWEEPS_MS);
    expect(await shop.orders()).toEqual([]);
  });
});
