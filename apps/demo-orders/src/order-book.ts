import { OrderStatus, type Order } from '@portolan/contracts/orders';
import {
  assert,
  formatPrincipal,
  PortolanError,
  type Clock,
  type ErrorKind,
  type Principal,
  type Rng,
} from '@portolan/kernel';
import {
  isAbsent,
  LeaseNotFoundError,
  oneKey,
  type KeyValue,
  type KvStore,
  type LeaseId,
  type Operation,
} from '@portolan/kv';
import type { CallOptions } from '@portolan/rpc';
import { endOf, isHeld, takeClaim, type Claim } from './claim.ts';
import { KeyRetention } from './key-retention.ts';
import type { OrderPartners, PricedProduct, ShortLine } from './order-partners.ts';
import { outboxEntry } from './outbox.ts';
import { checkOrder, fingerprintOf, InvalidOrderError, type LineItem, type OrderRequest } from './order-request.ts';
import {
  claimKey,
  decodeIntent,
  decodeOrder,
  decodePlaced,
  encodeOrder,
  encodePlaced,
  historyKey,
  intentKey,
  orderKey,
  placedKey,
  type Customer,
  type Intent,
} from './stored.ts';

export interface OrderBookOptions {
  readonly store: KvStore;
  /** As whom the store is asked. */
  readonly principal: Principal;
  readonly partners: OrderPartners;
  readonly clock: Clock;
  readonly rng: Rng;
  /** How long the outcome of an idempotency key is remembered at least, in seconds. */
  readonly retentionSeconds: number;
}

export type PlaceOutcome =
  | { readonly kind: 'placed'; readonly order: Order }
  /** Nothing was ordered; the key may be used again. */
  | { readonly kind: 'out-of-stock'; readonly lines: readonly ShortLine[] };

/** The idempotency key was used for another order. */
export class KeyReusedError extends PortolanError {
  readonly code = 'ORDERS_KEY_REUSED';
  readonly kind: ErrorKind = 'invalid';

  constructor(idempotencyKey: string) {
    super('this idempotency key was used for an order of other lines', {
      fix: 'send a new key with every new order',
      context: { idempotencyKey },
    });
  }
}

/** The first call with this key is still under way, or was cut off a moment ago. */
export class InFlightError extends PortolanError {
  readonly code = 'ORDERS_IN_FLIGHT';
  readonly kind: ErrorKind = 'conflict';

  constructor(idempotencyKey: string) {
    super('the order with this idempotency key is being placed', {
      fix: 'send the same request again in a second',
      context: { idempotencyKey },
    });
  }
}

/** Each round lost means that another call with this key got on. */
const ROUNDS_MAX = 4;

/** What is stored under one idempotency key. */
interface Seen {
  readonly placed: KeyValue | undefined;
  readonly intent: KeyValue | undefined;
  readonly claim: KeyValue | undefined;
}

/**
 * Places orders, each exactly once, whichever instance is asked, repeats it, or is killed over it.
 *
 * The intent is written first, with the order's id; it is removed in the transaction that writes the order. In between lies
 * the reservation, which has that id too. Whoever finds an intent whose claim has ended goes on with it: the same id reserves
 * nothing more, and the order is written by the holder of the claim alone.
 */
export class OrderBook {
  readonly #options: OrderBookOptions;
  readonly #retention: KeyRetention;

  constructor(options: OrderBookOptions) {
    this.#options = options;
    this.#retention = new KeyRetention(options);
  }

  /** @throws InvalidOrderError, KeyReusedError, InFlightError, and what the store and the partners throw */
  async place(customer: Customer, request: OrderRequest, call: CallOptions): Promise<PlaceOutcome> {
    checkOrder(request);
    const { idempotencyKey, lines } = request;
    const fingerprint = fingerprintOf(lines);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const seen = await this.#read(customer, idempotencyKey, call.signal);
      if (seen.placed !== undefined) return this.#placedBefore(seen.placed, idempotencyKey, fingerprint, call.signal);
      const begun = seen.intent && decodeIntent(seen.intent);
      if (begun !== undefined && begun.fingerprint !== fingerprint) throw new KeyReusedError(idempotencyKey);
      if (seen.claim !== undefined) throw new InFlightError(idempotencyKey);
      // Before anything is written: an order that cannot be is none.
      const prices = await this.#prices(lines, call);
      const intent = begun ?? { orderId: this.#createId(), customer, idempotencyKey, fingerprint, lines };
      const claim = await takeClaim(this.#options, intent, seen.intent, call.signal);
      if (claim === undefined) continue;
      const outcome = await this.#finish(claim, prices, call);
      if (outcome !== undefined) return outcome;
    }
    throw new InFlightError(idempotencyKey);
  }

  async #read(customer: Customer, idempotencyKey: string, signal: AbortSignal | undefined): Promise<Seen> {
    const { store, principal } = this.#options;
    const keys = [placedKey, intentKey, claimKey].map((keyOf) => keyOf(customer, idempotencyKey));
    const success = keys.map((key): Operation => ({ kind: 'range', keyspace: 'user', keys: oneKey(key) }));
    const { results } = await store.txn({ principal, success }, signal);
    const [placed, intent, claim] = results.map((result) => {
      assert(result.kind === 'range', 'a read is answered by what it found');
      return result.keyValues[0];
    });
    return { placed, intent, claim };
  }

  async #placedBefore(
    stored: KeyValue,
    idempotencyKey: string,
    fingerprint: string,
    signal: AbortSignal | undefined,
  ): Promise<PlaceOutcome> {
    const { store, principal } = this.#options;
    const placed = decodePlaced(stored);
    if (placed.fingerprint !== fingerprint) throw new KeyReusedError(idempotencyKey);
    const keys = oneKey(orderKey(placed.orderId));
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys }, signal);
    const [order] = keyValues;
    assert(order !== undefined, 'an order is written together with its idempotency key');
    return { kind: 'placed', order: decodeOrder(order).order };
  }

  async #prices(lines: readonly LineItem[], call: CallOptions): Promise<ReadonlyMap<string, PricedProduct>> {
    const ids = lines.map(({ productId }) => productId);
    const prices = await this.#options.partners.prices(ids, call);
    const problems = lines.flatMap(({ productId }, index): [string, string][] =>
      prices.has(productId) ? [] : [[`lines[${index}].productId`, `there is no product "${productId.slice(0, 64)}"`]],
    );
    if (problems.length > 0) throw new InvalidOrderError(Object.fromEntries(problems));
    return prices;
  }

  /** @returns undefined when the claim was lost on the way */
  async #finish(
    claim: Claim,
    prices: ReadonlyMap<string, PricedProduct>,
    call: CallOptions,
  ): Promise<PlaceOutcome | undefined> {
    const { store, principal, partners } = this.#options;
    const { intent } = claim;
    try {
      const reserved = await partners.reserve(intent.orderId, intent.lines, call);
      if (reserved.kind === 'shortage') {
        // Whoever took the claim meanwhile is answered the same, and removes the intent.
        await store.txn({ principal, compares: [isHeld(claim)], success: endOf(claim) }, call.signal);
        return { kind: 'out-of-stock', lines: reserved.lines };
      }
      const order = this.#createOrder(intent, prices);
      return (await this.#write(claim, order, call.signal)) ? { kind: 'placed', order } : undefined;
    } finally {
      // After an outcome it holds nothing; after a failure the next call need not wait for its end.
      store.revokeLease({ principal, id: claim.lease }).catch(() => undefined);
    }
  }

  async #write(claim: Claim, order: Order, signal: AbortSignal | undefined): Promise<boolean> {
    for (;;) {
      const lease = await this.#retention.lease(signal);
      try {
        return await this.#writeUnder(lease, claim, order, signal);
      } catch (error) {
        if (!(error instanceof LeaseNotFoundError)) throw error;
        this.#retention.forget(lease);
      }
    }
  }

  async #writeUnder(lease: LeaseId, claim: Claim, order: Order, signal: AbortSignal | undefined): Promise<boolean> {
    const { store, principal } = this.#options;
    const { customer, idempotencyKey, orderId, fingerprint } = claim.intent;
    const put = { kind: 'put', keyspace: 'user' } as const;
    const { succeeded } = await store.txn(
      {
        principal,
        compares: [isHeld(claim), isAbsent('user', orderKey(orderId))],
        success: [
          { ...put, key: orderKey(orderId), value: encodeOrder(customer, order) },
          { ...put, key: historyKey(customer, Number(order.placedAt), orderId), value: Buffer.from(orderId) },
          { ...put, key: placedKey(customer, idempotencyKey), value: encodePlaced({ orderId, fingerprint }), lease },
          outboxEntry(customer, orderId, 'placed', Number(order.placedAt)),
          ...endOf(claim),
        ],
      },
      signal,
    );
    return succeeded;
  }

  #createOrder({ orderId, lines }: Intent, prices: ReadonlyMap<string, PricedProduct>): Order {
    const priced = lines.map(({ productId, quantity }) => {
      const product = prices.get(productId);
      assert(product !== undefined, `product ${productId} has a price`);
      return { productId, quantity, name: product.name, unitPrice: product.price };
    });
    const currency = priced[0]?.unitPrice.currency ?? '';
    assert(
      priced.every(({ unitPrice }) => unitPrice.currency === currency),
      'a shop has one currency',
    );
    const amountMinor = priced.reduce(
      (sum, { unitPrice, quantity }) => sum + unitPrice.amountMinor * BigInt(quantity),
      0n,
    );
    const placedAt = BigInt(this.#options.clock.epoch());
    return { id: orderId, status: OrderStatus.PLACED, lines: priced, total: { amountMinor, currency }, placedAt };
  }

  #createId(): string {
    const part = (): string =>
      this.#options.rng
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return `${part()}${part()}`;
  }
}

/** Whose orders a caller may see and place: its own. @throws NoCustomerError */
export function customerOf(principal: Principal): Customer {
  if (principal.kind !== 'user') {
    throw new NoCustomerError(`${formatPrincipal(principal)} is no customer`, {
      fix: 'send the principal of a user with the call: user:<name>',
    });
  }
  return principal.name;
}

/** Orders are somebody's, and nobody was named. */
export class NoCustomerError extends PortolanError {
  readonly code = 'ORDERS_NO_CUSTOMER';
  readonly kind: ErrorKind = 'unauthenticated';
}
