import fc from 'fast-check';
import { CrashError, crashingStore, createCrash } from '@portolan/kv/testing';
import { keyOf } from '@portolan/kv';
import { createInitialStock, PRODUCTS, STOCK_SEED } from './initial-stock.ts';
import { ENDED_TTL_SECONDS, type Inventory } from './inventory.ts';
import { NEVER, openWarehouse, PRINCIPAL, type Warehouse } from './testing/warehouse.ts';

const INITIAL = new Map([
  ['1', 10],
  ['2', 3],
  ['3', 0],
]);
const one = (productId: string, quantity = 1): { productId: string; quantity: number }[] => [{ productId, quantity }];

describe('the inventory', () => {
  let warehouse: Warehouse;
  beforeEach(() => {
    warehouse = openWarehouse(INITIAL);
  });
  afterEach(() => warehouse[Symbol.asyncDispose]());

  it('begins with its initial stock and leaves out what it does not know', async () => {
    expect(await warehouse.instance().stockOf(['3', '1', 'x'], NEVER)).toEqual(
      new Map([
        ['3', 0],
        ['1', 10],
      ]),
    );
    expect(await warehouse.instance().stockOf([], NEVER)).toEqual(new Map());
  });

  it('takes all lines, once, whichever instance is asked again', async () => {
    const reservation = { id: 'r-1', lines: [...one('1', 4), ...one('2', 3)] };
    expect(await warehouse.instance().reserve(reservation, NEVER)).toEqual({ kind: 'reserved' });
    const turned = { id: 'r-1', lines: reservation.lines.toReversed() };
    expect(await warehouse.instance().reserve(turned, NEVER)).toEqual({ kind: 'reserved' });
    expect(await warehouse.instance().stockOf(['1', '2'], NEVER)).toEqual(
      new Map([
        ['1', 6],
        ['2', 0],
      ]),
    );
  });

  it('takes nothing when one line is short, says what was there, and says so again when more has come', async () => {
    const inventory = warehouse.instance();
    const lines = [...one('1', 2), ...one('2', 4), ...one('3')];
    const shortage = {
      kind: 'shortage',
      lines: [
        { productId: '2', requested: 4, available: 3 },
        { productId: '3', requested: 1, available: 0 },
      ],
    };
    expect(await inventory.reserve({ id: 'r-1', lines }, NEVER)).toEqual(shortage);
    await warehouse.store.txn({
      principal: PRINCIPAL,
      success: ['2', '3'].map((id) => ({
        kind: 'put',
        keyspace: 'user',
        key: keyOf(`inventory/stock/${id}`),
        value: Buffer.from('{"format":1,"available":50}'),
      })),
    });
    expect(await inventory.reserve({ id: 'r-1', lines }, NEVER)).toEqual(shortage);
    expect(await inventory.reserve({ id: 'r-2', lines }, NEVER)).toEqual({ kind: 'reserved' });
  });

  it('gives back what was reserved, once, and lets it take nothing more', async () => {
    const inventory = warehouse.instance();
    await inventory.reserve({ id: 'r-1', lines: one('1', 4) }, NEVER);
    await inventory.release('r-1', NEVER);
    await inventory.release('r-1', NEVER);
    expect(await inventory.stockOf(['1'], NEVER)).toEqual(new Map([['1', 10]]));
    await expect(inventory.reserve({ id: 'r-1', lines: one('1', 4) }, NEVER)).rejects.toMatchObject({
      code: 'INVENTORY_RESERVATION_RELEASED',
      kind: 'precondition',
    });
  });

  it('stops a reservation that comes after its release, and forgets what has ended', async () => {
    const inventory = warehouse.instance();
    await inventory.release('late', NEVER);
    await expect(inventory.reserve({ id: 'late', lines: one('1') }, NEVER)).rejects.toMatchObject({
      code: 'INVENTORY_RESERVATION_RELEASED',
    });
    await warehouse.clock.advance((ENDED_TTL_SECONDS + 1) * 1_000);
    expect((await warehouse.store.leases({ principal: PRINCIPAL })).ids).toEqual([]);
    expect(await inventory.reserve({ id: 'late', lines: one('1') }, NEVER)).toEqual({ kind: 'reserved' });
  });

  it('refuses one id for two different reservations', async () => {
    const inventory = warehouse.instance();
    await inventory.reserve({ id: 'r-1', lines: one('1') }, NEVER);
    await expect(inventory.reserve({ id: 'r-1', lines: one('1', 2) }, NEVER)).rejects.toMatchObject({
      code: 'INVENTORY_RESERVATION_REUSED',
      kind: 'invalid',
    });
  });

  it.each([
    ['no lines', { lines: [] }, { lines: 'are 0, not 1 to 50' }],
    [
      'too many lines',
      { lines: Array.from({ length: 51 }, () => ({ productId: '1', quantity: 1 })) },
      { lines: 'are 51, not 1 to 50' },
    ],
    ['no pieces', { lines: one('1', 0) }, { 'lines[0].quantity': 'is 0, not 1 to 1000' }],
    ['too many pieces', { lines: one('1', 4_294_967_295) }, { 'lines[0].quantity': 'is 4294967295, not 1 to 1000' }],
    ['an unknown product', { lines: one('x') }, { 'lines[0].productId': 'there is no product "x"' }],
    ['a product twice', { lines: [...one('1'), ...one('1')] }, { 'lines[1].productId': 'product 1 occurs twice' }],
    ['an id with a slash', { id: 'a/b' }, { reservationId: 'is not 1 to 128 letters, digits, _ . or -' }],
  ])('refuses %s and says where', async (_what, wrong, context) => {
    const reservation = { id: 'r-1', lines: one('1'), ...wrong };
    await expect(warehouse.instance().reserve(reservation, NEVER)).rejects.toMatchObject({
      code: 'INVENTORY_INVALID_RESERVATION',
      kind: 'invalid',
      context,
    });
  });

  it('sells no more than it has to any number of concurrent callers of several instances', async () => {
    const calls = Array.from({ length: 3 }, () => warehouse.instance()).flatMap((inventory, instance) =>
      Array.from({ length: 8 }, (_, call) =>
        inventory.reserve({ id: `r-${instance}-${call}`, lines: one('1') }, NEVER),
      ),
    );
    const outcomes = await warehouse.settled(Promise.all(calls));
    expect(outcomes.filter(({ kind }) => kind === 'reserved')).toHaveLength(10);
    expect(outcomes.filter(({ kind }) => kind === 'shortage')).toHaveLength(14);
    expect(await warehouse.pieces()).toEqual(INITIAL);
  });

  it('gives up when it never has its turn, and takes nothing', async () => {
    const meddled = {
      ...crashingStore(warehouse.store, createCrash(Infinity, 'after')),
      txn: async (request: Parameters<typeof warehouse.store.txn>[0]) => {
        const key = keyOf('inventory/stock/1');
        const value = Buffer.from('{"format":1,"available":10}');
        if (request.compares !== undefined) {
          await warehouse.store.txn({ principal: PRINCIPAL, success: [{ kind: 'put', keyspace: 'user', key, value }] });
        }
        return warehouse.store.txn(request);
      },
    };
    const attempt = warehouse.instance(meddled).reserve({ id: 'r-1', lines: one('1') }, NEVER);
    await expect(warehouse.settled(attempt)).rejects.toMatchObject({
      code: 'INVENTORY_CONTENDED',
      kind: 'unavailable',
    });
    expect(await warehouse.pieces()).toEqual(INITIAL);
  });

  it('says that it cannot read what another version wrote', async () => {
    const put = { kind: 'put', keyspace: 'user', key: keyOf('inventory/stock/1'), value: Buffer.from('{"format":2}') };
    await warehouse.store.txn({ principal: PRINCIPAL, success: [{ ...put, kind: 'put', keyspace: 'user' }] });
    await expect(warehouse.instance().stockOf(['1'], NEVER)).rejects.toMatchObject({
      code: 'INVENTORY_UNREADABLE_RECORD',
      context: { key: 'inventory/stock/1' },
    });
  });
});

describe('an inventory that is killed', () => {
  const STEPS = [1, 2, 3, 4, 5, 6, 7, 8];
  const sides = ['before', 'after'] as const;

  it.each(STEPS.flatMap((at) => sides.map((side) => [side, at] as const)))(
    '%s its step %i has reserved and released exactly once after a retry elsewhere',
    async (side, at) => {
      await using warehouse = openWarehouse(INITIAL);
      const crash = createCrash(at, side);
      const killed = warehouse.instance(crashingStore(warehouse.store, crash));
      const works = [
        (inventory: Inventory) => inventory.reserve({ id: 'keep', lines: [...one('1', 2), ...one('2')] }, NEVER),
        (inventory: Inventory) => inventory.reserve({ id: 'back', lines: one('1', 5) }, NEVER),
        (inventory: Inventory) => inventory.release('back', NEVER),
      ];
      for (const work of works) {
        if (crash.happened) break;
        await work(killed).catch(async (error: unknown) => {
          expect(error).toBeInstanceOf(CrashError);
          await warehouse.settled(Promise.resolve(work(warehouse.instance())));
        });
      }
      for (const work of works) await work(warehouse.instance()).catch(expectReleased);
      expect(crash.happened).toBe(true);
      expect(await warehouse.instance().stockOf(['1', '2'], NEVER)).toEqual(
        new Map([
          ['1', 8],
          ['2', 2],
        ]),
      );
      expect(await warehouse.pieces()).toEqual(INITIAL);
    },
  );

  /** What was released stays so: a late repetition of the reservation takes nothing. */
  const expectReleased = (error: unknown): void => {
    expect(error).toMatchObject({ code: 'INVENTORY_RESERVATION_RELEASED' });
  };
});

describe('stock', () => {
  it('is conserved: what is on the shelf and what is reserved add up, whatever is done and wherever it crashes', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const line = fc.record({ productId: fc.constantFrom('1', '2', '3'), quantity: fc.integer({ min: 1, max: 6 }) });
    const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 3, selector: ({ productId }) => productId });
    const action = fc.oneof(
      fc.record({ kind: fc.constant('reserve'), id, lines }),
      fc.record({ kind: fc.constant('release'), id, lines }),
    );
    const crash = fc.record({ at: fc.integer({ min: 1, max: 6 }), side: fc.constantFrom('before', 'after') });
    const call = fc.record({ action, crash: fc.option(crash, { nil: undefined, freq: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), fc.boolean(), async (calls, together) => {
        await using warehouse = openWarehouse(INITIAL);
        const run = async ({ action: { kind, ...what }, crash: plan }: (typeof calls)[number]): Promise<void> => {
          const { store } = warehouse;
          const seen = plan === undefined ? store : crashingStore(store, createCrash(plan.at, plan.side));
          const inventory = warehouse.instance(seen);
          await (kind === 'reserve' ? inventory.reserve(what, NEVER) : inventory.release(what.id, NEVER));
        };
        if (together) await warehouse.settled(Promise.allSettled(calls.map(run)));
        else for (const each of calls) await Promise.allSettled([run(each)]);
        expect(await warehouse.pieces()).toEqual(INITIAL);
        const shelf = await warehouse.instance().stockOf([...INITIAL.keys()], NEVER);
        expect(Math.min(...shelf.values())).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  it('begins the same everywhere; every hundredth product is sold out', () => {
    const stock = createInitialStock(STOCK_SEED);
    expect(createInitialStock(STOCK_SEED)).toEqual(stock);
    expect(stock.size).toBe(PRODUCTS);
    expect([...stock].flatMap(([id, pieces]) => (pieces === 0 ? id : []))).toEqual(['100', '200', '300']);
    expect(Math.max(...stock.values())).toBeLessThanOrEqual(400);
  });
});
