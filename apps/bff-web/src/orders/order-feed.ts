import type { Subscription } from '@portolan/messaging';
import { ORDER_TOPICS, readOrderEvent, type OrderEvent } from '@portolan/shop/order-events';

type Listener = (event: OrderEvent) => void;

/** Tells each stream to a client what becomes of its order, out of one subscription for all of them. */
export class OrderFeed {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** What feeds it. */
  subscription(instance: string): Subscription {
    return {
      audience: { kind: 'instance', name: 'bff-web', instance },
      topics: [ORDER_TOPICS],
      handle: async (event) => {
        const orderEvent = readOrderEvent(event);
        for (const listener of this.#listeners.get(orderEvent.orderId) ?? []) listener(orderEvent);
      },
    };
  }

  /** @returns ends it */
  listen(orderId: string, listener: Listener): Disposable {
    const listeners = this.#listeners.get(orderId) ?? new Set();
    this.#listeners.set(orderId, listeners.add(listener));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#listeners.delete(orderId);
      },
    };
  }
}
