import type { EventRecord } from '@portolan/messaging';
import { z } from 'zod';

/** An order's life, in its order. */
export const ORDER_STATUSES = ['placed', 'packed', 'shipped'] as const;
export type OrderStatusName = (typeof ORDER_STATUSES)[number];

/** Every topic of an order's life. */
export const ORDER_TOPICS = 'order.*';

const orderEventSchema = z.object({ orderId: z.string(), customer: z.string(), status: z.enum(ORDER_STATUSES) });
/** That an order has come to a status: the data of `order.placed`, `order.packed` and `order.shipped`. */
export type OrderEvent = Readonly<z.infer<typeof orderEventSchema>>;

/** One id for each status of an order: published again, it is the same event. */
export const orderEvent = (event: OrderEvent, occurredAt: number): EventRecord => ({
  id: `${event.orderId}.${event.status}`,
  topic: `order.${event.status}`,
  occurredAt,
  data: { ...event },
});

/** @throws ZodError when the data is not that of an order's event */
export const readOrderEvent = ({ data }: Pick<EventRecord, 'data'>): OrderEvent => orderEventSchema.parse(data);
