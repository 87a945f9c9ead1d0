import type { Order } from '@portolan/contracts/orders';
import { moneyView, statusOf, timeView, viewOfMoney, viewOfTime, type OrderPage } from '@portolan/shop';
import { ORDER_STATUSES } from '@portolan/shop/order-events';
import { z } from 'zod';

export const orderView = z
  .strictObject({
    id: z.string(),
    status: z.enum(ORDER_STATUSES).describe('It goes from left to right.'),
    lines: z.array(
      z
        .strictObject({ productId: z.string(), name: z.string(), quantity: z.int().min(1), unitPrice: moneyView })
        .meta({ id: 'OrderLine' }),
    ),
    total: moneyView,
    placedAt: timeView,
  })
  .meta({ id: 'Order' });
export type OrderView = z.infer<typeof orderView>;

export const orderListView = z
  .strictObject({
    items: z.array(orderView).describe('Newest first.'),
    nextCursor: z.string().describe('Give it as `cursor` for the next page. Not there on the last one.').optional(),
  })
  .meta({ id: 'OrderList' });
export type OrderListView = z.infer<typeof orderListView>;

/** @throws MalformedAnswerError when the service sends an order without what every order has */
export function viewOfOrder(order: Order): OrderView {
  const what = `order ${order.id}`;
  return {
    id: order.id,
    status: statusOf(order),
    lines: order.lines.map(({ productId, name, quantity, unitPrice }) => ({
      productId,
      name,
      quantity,
      unitPrice: viewOfMoney(unitPrice, `a unit price of ${what}`),
    })),
    total: viewOfMoney(order.total, `the total of ${what}`),
    placedAt: viewOfTime(order.placedAt, `the time of ${what}`),
  };
}

export const viewOfOrders = ({ orders, nextPageToken }: OrderPage): OrderListView => ({
  items: orders.map(viewOfOrder),
  ...(nextPageToken !== '' && { nextCursor: nextPageToken }),
});
