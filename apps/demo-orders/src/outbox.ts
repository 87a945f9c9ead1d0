import type { Order } from '@portolan/contracts/orders';
import { keyOf, type Key, type Operation } from '@portolan/kv';
import { encodeEvent } from '@portolan/messaging';
import { orderEvent, type OrderStatusName } from '@portolan/shop/order-events';
import type { Customer } from './stored.ts';

export const OUTBOX_PREFIX: Key = keyOf('orders/outbox/');

/**
 * What is to be told about an order, written in the transaction that makes it true: nothing is told that did not happen, and
 * whoever dies before telling it leaves it to the next (the transactional outbox).
 */
export function outboxEntry(customer: Customer, orderId: Order['id'], status: OrderStatusName, now: number): Operation {
  const event = orderEvent({ orderId, customer, status }, now);
  const key = keyOf(`orders/outbox/${event.id}`);
  return { kind: 'put', keyspace: 'user', key, value: encodeEvent(event) };
}
