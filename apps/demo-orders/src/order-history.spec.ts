import { OrderHistory } from './order-history.ts';
import { PRINCIPAL, Shop } from './testing/shop.ts';

const all = { pageSize: 0, pageToken: '' };

describe('the history of a customer', () => {
  let shop: Shop;
  let history: OrderHistory;
  beforeEach(() => {
    shop = new Shop({ '1': 1_000 });
    history = new OrderHistory(shop.store, PRINCIPAL);
  });
  afterEach(() => shop[Symbol.asyncDispose]());

  const place = async (customer: string, key: string): Promise<string> => {
    const lines = [{ productId: '1', quantity: 1 }];
    const outcome = await shop.instance().place(customer, { idempotencyKey: key, lines }, {});
    await shop.clock.advance(1);
    return outcome.kind === 'placed' ? outcome.order.id : '';
  };

  it('is empty at first', async () => {
    expect(await history.list('ada', all)).toEqual({ orders: [], nextPageToken: '' });
  });

  it('has each order once, newest first, page by page, also while new ones come', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 7; number += 1) ids.unshift(await place('ada', `k-${number}`));
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await history.list('ada', { pageSize: 3, pageToken });
      seen.push(...page.orders.map(({ id }) => id));
      pageToken = page.nextPageToken;
      await place('ada', `later-${seen.length}`);
    } while (pageToken !== '');
    expect(seen).toEqual(ids);
  });

  it('ends without a token when the last page is full', async () => {
    await place('ada', 'a');
    await place('ada', 'b');
    expect((await history.list('ada', { pageSize: 2, pageToken: '' })).nextPageToken).toBe('');
  });

  it('is hers alone: neither in a list nor by id nor by a page token does another see it', async () => {
    const id = await place('ada', 'a');
    await place('ada', 'b');
    await place('adam', 'a');
    expect(await history.get('ada', id)).toMatchObject({ id });
    await expect(history.get('eve', id)).rejects.toMatchObject({ code: 'ORDERS_NOT_FOUND', kind: 'not-found' });
    await expect(history.get('ada', 'no-such')).rejects.toMatchObject({ code: 'ORDERS_NOT_FOUND' });
    expect((await history.list('eve', all)).orders).toEqual([]);
    expect((await history.list('ada', all)).orders).toHaveLength(2);
    const { nextPageToken } = await history.list('ada', { pageSize: 1, pageToken: '' });
    await expect(history.list('eve', { pageSize: 1, pageToken: nextPageToken })).rejects.toMatchObject({
      code: 'SERVICE_INVALID_PAGE_TOKEN',
    });
  });
});
