import type { OutOfStock } from '@portolan/contracts/orders';
import type { Principal } from '@portolan/kernel';
import { MalformedAnswerError } from '../parts/part-errors.ts';
import type { PartScope } from '../parts/part-scope.ts';
import { OutOfStockError } from '../problem/web-error.ts';
import { viewOfOrder, type OrderListView, type OrderView } from '../views/order.ts';
import type { ShopServices } from './services.ts';

export interface OrderRequest {
  readonly idempotencyKey: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
}

/**
 * Places the order, or answers the one already placed under the same key.
 * @throws OutOfStockError when there is too little of something: nothing was ordered
 */
export async function placeOrder(
  { orders }: ShopServices,
  scope: PartScope,
  customer: Principal,
  request: OrderRequest,
): Promise<OrderView> {
  const { outcome } = await scope.required('orders', (options) => orders.placeOrder(request, options), customer);
  switch (outcome?.$case) {
    case 'order':
      return viewOfOrder(outcome.value);
    case 'outOfStock':
      throw outOfStock(outcome.value);
    case undefined:
      throw new MalformedAnswerError('the outcome of an order');
    default:
      return outcome satisfies never;
  }
}

export async function orderOf(
  { orders }: ShopServices,
  scope: PartScope,
  customer: Principal,
  id: string,
): Promise<OrderView> {
  const { order } = await scope.required('orders', (options) => orders.getOrder({ id }, options), customer);
  if (order === undefined) throw new MalformedAnswerError(`order ${id}`);
  return viewOfOrder(order);
}

export async function orderList(
  { orders }: ShopServices,
  scope: PartScope,
  customer: Principal,
  { cursor, limit }: { readonly cursor: string; readonly limit: number },
): Promise<OrderListView> {
  const request = { pageSize: limit, pageToken: cursor };
  const page = await scope.required('orders', (options) => orders.listOrders(request, options), customer);
  return {
    items: page.orders.map(viewOfOrder),
    ...(page.nextPageToken !== '' && { nextCursor: page.nextPageToken }),
  };
}

function outOfStock({ lines }: OutOfStock): OutOfStockError {
  const shortages = lines.map(({ productId, requested, available }) => ({ productId, requested, available }));
  const what = shortages.map((one) => `product ${one.productId}: ${one.requested} wanted, ${one.available} there`);
  return new OutOfStockError(`there is too little of ${what.join('; ')}`, {
    fix: 'order what is there; the same Idempotency-Key may be used again',
    shortages,
  });
}
