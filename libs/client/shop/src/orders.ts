import { OrderStatus, type Order, type OutOfStock } from '@portolan/contracts/orders';
import { HttpError } from '@portolan/http-api';
import type { ErrorKind, Principal } from '@portolan/kernel';
import type { OrderStatusName } from './order-events.ts';
import { MalformedAnswerError } from './parts/part-errors.ts';
import type { PartScope } from './parts/part-scope.ts';
import type { ShopServices } from './services.ts';

export interface OrderRequest {
  readonly idempotencyKey: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
}

export interface Shortage {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

/** Too little of a product to place an order. */
export class OutOfStockError extends HttpError {
  readonly code = 'SHOP_OUT_OF_STOCK';
  readonly kind: ErrorKind = 'precondition';
  readonly status = 409;
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
): Promise<Order> {
  const { outcome } = await scope.required('orders', (options) => orders.placeOrder(request, options), customer);
  switch (outcome?.$case) {
    case 'order':
      return outcome.value;
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
): Promise<Order> {
  const { order } = await scope.required('orders', (options) => orders.getOrder({ id }, options), customer);
  if (order === undefined) throw new MalformedAnswerError(`order ${id}`);
  return order;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Empty: this is the last page. */
  readonly nextPageToken: string;
}

/** The customer's orders, newest first. */
export async function orderList(
  { orders }: ShopServices,
  scope: PartScope,
  customer: Principal,
  { cursor, limit }: { readonly cursor: string; readonly limit: number },
): Promise<OrderPage> {
  const request = { pageSize: limit, pageToken: cursor };
  return scope.required('orders', (options) => orders.listOrders(request, options), customer);
}

/** @throws MalformedAnswerError when the service sends a status that this version does not know */
export function statusOf({ id, status }: Pick<Order, 'id' | 'status'>): OrderStatusName {
  switch (status) {
    case OrderStatus.PLACED:
      return 'placed';
    case OrderStatus.PACKED:
      return 'packed';
    case OrderStatus.SHIPPED:
      return 'shipped';
    default:
      throw new MalformedAnswerError(`the status of order ${id}`);
  }
}

function outOfStock({ lines }: OutOfStock): OutOfStockError {
  const shortages = lines.map(({ productId, requested, available }): Shortage => ({ productId, requested, available }));
  const what = shortages.map((one) => `product ${one.productId}: ${one.requested} wanted, ${one.available} there`);
  return new OutOfStockError(`there is too little of ${what.join('; ')}`, {
    fix: 'order what is there; the same Idempotency-Key may be used again',
    extensions: { shortages },
  });
}
