import { OrderStatus, type Order } from '@portolan/contracts/orders';
import type { Clock, Principal } from '@portolan/kernel';
import { isUnchanged, oneKey, type KvStore } from '@portolan/kv';
import type { Delivery, EventRecord, Subscription } from '@portolan/messaging';
import { sleep } from '@portolan/runtime';
import { readOrderEvent, type OrderStatusName } from '@portolan/shop/order-events';
import { outboxEntry } from './outbox.ts';
import { decodeOrder, encodeOrder, orderKey } from './stored.ts';

/** Orders that wait for their next step at once: each is a timer. */
const CONCURRENCY_MAX = 256;

/** What follows on each status, by the event that tells of it. */
const NEXT = {
  placed: { status: OrderStatus.PACKED, name: 'packed' },
  packed: { status: OrderStatus.SHIPPED, name: 'shipped' },
} as const satisfies Partial<Record<OrderStatusName, { readonly status: OrderStatus; readonly name: OrderStatusName }>>;

export interface FulfilmentOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  /** From one status to the next, in ms. */
  readonly stepMs: number;
}

/** The warehouse: packs what was placed and ships what was packed, each once, however often it is told. */
export class Fulfilment {
  readonly #options: FulfilmentOptions;

  constructor(options: FulfilmentOptions) {
    this.#options = options;
  }

  /** Of all instances one deals with each event. */
  get subscription(): Subscription {
    return {
      audience: { kind: 'group', name: 'fulfilment' },
      topics: ['order.placed', 'order.packed'],
      concurrencyMax: CONCURRENCY_MAX,
      handle: (event, delivery) => this.#handle(event, delivery),
    };
  }

  async #handle(event: EventRecord, { signal }: Delivery): Promise<void> {
    const { clock, stepMs } = this.#options;
    const { orderId, status } = readOrderEvent(event);
    if (status === 'shipped') return;
    await sleep(clock, Math.max(0, event.occurredAt + stepMs - clock.epoch()), signal);
    await this.#advance(orderId, NEXT[status], signal);
  }

  /** Does nothing when the order has come so far already. */
  async #advance(orderId: Order['id'], to: (typeof NEXT)[keyof typeof NEXT], signal: AbortSignal): Promise<void> {
    const { store, principal, clock } = this.#options;
    const key = orderKey(orderId);
    for (;;) {
      const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(key) }, signal);
      const [stored] = keyValues;
      if (stored === undefined) return;
      const { customer, order } = decodeOrder(stored);
      if (order.status >= to.status) return;
      const value = encodeOrder(customer, { ...order, status: to.status });
      const { succeeded } = await store.txn(
        {
          principal,
          compares: [isUnchanged('user', key, stored.modRevision)],
          success: [
            { kind: 'put', keyspace: 'user', key, value },
            outboxEntry(customer, orderId, to.name, clock.epoch()),
          ],
        },
        signal,
      );
      if (succeeded) return;
    }
  }
}
