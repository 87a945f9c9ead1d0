import { OrderStatus, type Order } from '@portolan/contracts/orders';
import { z } from 'zod';
import { MalformedAnswerError } from '../parts/part-errors.ts';
import { moneyView, viewOfMoney } from './money.ts';
import { timeView, viewOfTime } from './time.ts';

export const orderView = z
  .strictObject({
    id: z.string(),
    status: z.enum(['placed']),
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
  if (order.status !== OrderStatus.PLACED) throw new MalformedAnswerError(`the status of ${what}`);
  return {
    id: order.id,
    status: 'placed',
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
