import type { Order } from '@portolan/contracts/orders';
import { assert, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { keyOf, keysBetween, keyToText, oneKey, prefixEnd, type Key, type KvStore, type Operation } from '@portolan/kv';
import { createPageToken, pageRequestOf, type PagedRequest } from '@portolan/service';
import { decodeOrder, historyPrefix, orderKey, type Customer } from './stored.ts';

/** There is no such order, or it is somebody else's: which of the two is nobody's business. */
export class OrderNotFoundError extends PortolanError {
  readonly code = 'ORDERS_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor(id: string) {
    super(`you have no order "${id.slice(0, 64)}"`, { fix: 'use an id that a list of your orders answered' });
  }
}

export interface OrderPage {
  readonly orders: readonly Order[];
  readonly nextPageToken: string;
}

/** Orders as their customers read them. */
export class OrderHistory {
  readonly #store: KvStore;
  readonly #principal: Principal;

  constructor(store: KvStore, principal: Principal) {
    this.#store = store;
    this.#principal = principal;
  }

  /** @throws OrderNotFoundError */
  async get(customer: Customer, id: string, signal?: AbortSignal): Promise<Order> {
    const keys = oneKey(orderKey(id));
    const { keyValues } = await this.#store.range({ principal: this.#principal, keyspace: 'user', keys }, signal);
    const stored = keyValues[0] && decodeOrder(keyValues[0]);
    if (stored?.customer !== customer) throw new OrderNotFoundError(id);
    return stored.order;
  }

  /** Newest first. @throws PageSizeError, InvalidPageTokenError */
  async list(customer: Customer, request: PagedRequest, signal?: AbortSignal): Promise<OrderPage> {
    const query = ['ListOrders', customer];
    const { size, after } = pageRequestOf(request, query);
    const prefix = historyPrefix(customer);
    const { keyValues, more } = await this.#store.range(
      {
        principal: this.#principal,
        keyspace: 'user',
        keys: keysBetween(after === undefined ? prefix : keyAfter(after), prefixEnd(prefix)),
        limit: size,
      },
      signal,
    );
    const orders = await this.#ordersOf(
      keyValues.map(({ value }) => Buffer.from(value).toString()),
      signal,
    );
    const last = keyValues.at(-1);
    return { orders, nextPageToken: more && last !== undefined ? createPageToken(query, keyToText(last.key)) : '' };
  }

  async #ordersOf(ids: readonly string[], signal: AbortSignal | undefined): Promise<readonly Order[]> {
    if (ids.length === 0) return [];
    const success = ids.map((id): Operation => ({ kind: 'range', keyspace: 'user', keys: oneKey(orderKey(id)) }));
    const { results } = await this.#store.txn({ principal: this.#principal, success }, signal);
    return results.map((result) => {
      const stored = result.kind === 'range' ? result.keyValues[0] : undefined;
      assert(stored !== undefined, 'an order is written together with its place in the history');
      return decodeOrder(stored).order;
    });
  }
}

const keyAfter = (text: string): Key => keyOf(`${text}\0`);
