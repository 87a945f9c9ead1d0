import { InventoryServiceService, type ReserveResponse } from '@portolan/contracts/inventory';
import { OrdersServiceService } from '@portolan/contracts/orders';
import { ProductsServiceService } from '@portolan/contracts/products';
import { createClient, implement } from '@portolan/rpc';
import { startLoopback } from '@portolan/service/testing';
import { grpcPartners } from './grpc-partners.ts';
import { OrderHistory } from './order-history.ts';
import { createOrdersService } from './orders-service.ts';
import { PRINCIPAL, Shop } from './testing/shop.ts';

const ADA = { principal: { kind: 'user', name: 'ada' } } as const;
const LINES = [{ productId: '1', quantity: 4 }];

describe('OrdersService', () => {
  it('carries orders, shortages, lists and refusals over the wire, each to the customer who asks', async () => {
    await using shop = new Shop({ '1': 10 });
    const service = createOrdersService(shop.instance(), new OrderHistory(shop.store, PRINCIPAL));
    await using loopback = await startLoopback([implement(OrdersServiceService, service)]);
    const orders = createClient(OrdersServiceService, loopback.connection);

    const { outcome } = await orders.placeOrder({ idempotencyKey: 'a', lines: LINES }, ADA);
    const order = outcome?.$case === 'order' ? outcome.value : undefined;
    expect(order).toMatchObject({ lines: [{ productId: '1', quantity: 4 }], total: { amountMinor: 4_000n } });
    expect(await orders.getOrder({ id: order?.id ?? '' }, ADA)).toEqual({ order });
    expect(await orders.listOrders({ pageSize: 0, pageToken: '' }, ADA)).toEqual({
      orders: [order],
      nextPageToken: '',
    });
    const tooMany = [{ productId: '1', quantity: 7 }];
    expect(await orders.placeOrder({ idempotencyKey: 'b', lines: tooMany }, ADA)).toEqual({
      outcome: { $case: 'outOfStock', value: { lines: [{ productId: '1', requested: 7, available: 6 }] } },
    });
    await expect(orders.placeOrder({ idempotencyKey: 'a', lines: tooMany }, ADA)).rejects.toMatchObject({
      code: 'ORDERS_KEY_REUSED',
    });
    await expect(orders.listOrders({ pageSize: 0, pageToken: '' })).rejects.toMatchObject({
      code: 'ORDERS_NO_CUSTOMER',
      kind: 'unauthenticated',
    });
  });
});

describe('its partners', () => {
  it('are asked for prices and reservations by their contracts', async () => {
    const price = { amountMinor: 250n, currency: 'EUR' };
    const product = { description: '', category: '', brand: '', releasedAt: 0n, tags: [], price };
    let answer: ReserveResponse['outcome'] = { $case: 'reserved', value: {} };
    await using loopback = await startLoopback([
      implement(ProductsServiceService, {
        getProduct: () => Promise.reject(new Error('not asked')),
        getProducts: async ({ ids }) => ({
          products: ids.filter((id) => id !== 'x').map((id) => ({ ...product, id, name: `Product ${id}` })),
        }),
        searchProducts: () => Promise.reject(new Error('not asked')),
        listCategories: () => Promise.reject(new Error('not asked')),
      }),
      implement(InventoryServiceService, {
        getStock: () => Promise.reject(new Error('not asked')),
        reserve: async ({ reservationId }) => ({ outcome: reservationId === 'r' ? answer : undefined }),
        release: () => Promise.reject(new Error('not asked')),
      }),
    ]);
    const partners = grpcPartners({ products: loopback.connection, inventory: loopback.connection });
    expect(await partners.prices(['1', 'x'], {})).toEqual(new Map([['1', { name: 'Product 1', price }]]));
    expect(await partners.reserve('r', LINES, {})).toEqual({ kind: 'reserved' });
    const short = [{ productId: '1', requested: 4, available: 3 }];
    answer = { $case: 'shortage', value: { lines: short } };
    expect(await partners.reserve('r', LINES, {})).toEqual({ kind: 'shortage', lines: short });
    await expect(partners.reserve('other', LINES, {})).rejects.toMatchObject({
      code: 'ORDERS_MALFORMED_PARTNER_ANSWER',
    });
  });
});
