import type { Order } from '@portolan/contracts/orders';
import { statusOf, viewOfMoney, viewOfTime, timeView, type OrderPage } from '@portolan/shop';
import { ORDER_STATUSES } from '@portolan/shop/order-events';
import { z } from 'zod';
import { currencyView, priceView } from './card.ts';

export const orderView = z
  .strictObject({
    id: z.string(),
    status: z.enum(ORDER_STATUSES).describe('It goes from left to right.'),
    currency: currencyView,
    total: priceView,
    placedAt: timeView,
    lines: z.array(
      z.strictObject({ productId: z.string(), name: z.string(), quantity: z.int().min(1) }).meta({ id: 'Line' }),
    ),
  })
  .meta({ id: 'Order' });
export type OrderView = z.infer<typeof orderView>;

export const orderListView = z
  .strictObject({
    items: z.array(orderView).describe('Newest first.'),
    next: z.string().describe('Give it as `cursor` for the next page. Not there on the last one.').optional(),
  })
  .meta({ id: 'OrderList' });
export type OrderListView = z.infer<typeof orderListView>;

/** @throws MalformedAnswerError when the service sends an order without what every order has */
export function viewOfOrder(order: Order): OrderView {
  const { amountMinor, currency } = viewOfMoney(order.total, `the total of order ${order.id}`);
  return {
    id: order.id,
    status: statusOf(order),
    currency,
    total: amountMinor,
    placedAt: viewOfTime(order.placedAt, `the time of order ${order.id}`),
    lines: order.lines.map(({ productId, name, quantity }) => ({ productId, name, quantity })),
  };
}

export const viewOfOrders = ({ orders, nextPageToken }: OrderPage): OrderListView => ({
  items: orders.map(viewOfOrder),
  ...(nextPageToken !== '' && { next: nextPageToken }),
});
