import type { Order } from '@portolan/contracts/orders';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, keyOf, keysWithPrefix, type KeyValue } from '@portolan/kv';
import { crashingStore, type Crash } from '@portolan/kv/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { CLAIM_TTL_SECONDS } from '../claim.ts';
import { InFlightError, OrderBook, type PlaceOutcome } from '../order-book.ts';
import type { OrderPartners, PricedProduct, ReserveOutcome } from '../order-partners.ts';
import type { OrderRequest } from '../order-request.ts';
import { decodeOrder } from '../stored.ts';

export const PRINCIPAL: Principal = { kind: 'service', name: 'demo-orders' };
export const RETENTION_SECONDS = 3_600;
const ROUNDS_MAX = 10;

/** Shelves and reservations, as the contract of demo-inventory has them. */
class Inventory {
  readonly shelf: Map<string, number>;
  readonly #outcomes = new Map<string, ReserveOutcome>();

  constructor(stock: ReadonlyMap<string, number>) {
    this.shelf = new Map(stock);
  }

  reserve(id: string, lines: OrderRequest['lines']): ReserveOutcome {
    const before = this.#outcomes.get(id);
    if (before !== undefined) return before;
    const asked = lines.map(({ productId, quantity }) => ({
      productId,
      requested: quantity,
      available: this.shelf.get(productId) ?? 0,
    }));
    const short = asked.filter(({ requested, available }) => requested > available);
    const outcome: ReserveOutcome = short.length > 0 ? { kind: 'shortage', lines: short } : { kind: 'reserved' };
    if (outcome.kind === 'reserved') {
      for (const { productId, requested, available } of asked) this.shelf.set(productId, available - requested);
    }
    this.#outcomes.set(id, outcome);
    return outcome;
  }
}

/** A store, an inventory, and any number of instances of the order service on them. */
export class Shop implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly rng = createSeededRng(11);
  readonly store = createEmbeddedStore({ clock: this.clock, rng: this.rng, incarnation: createIncarnation(this.rng) });
  readonly prices = new Map<string, PricedProduct>();
  readonly #inventory: Inventory;

  constructor(stock: Readonly<Record<string, number>>) {
    this.#inventory = new Inventory(new Map(Object.entries(stock)));
    for (const id of Object.keys(stock)) {
      this.prices.set(id, { name: `Product ${id}`, price: { amountMinor: 1_000n * BigInt(id), currency: 'EUR' } });
    }
  }

  get shelf(): ReadonlyMap<string, number> {
    return this.#inventory.shelf;
  }

  get partners(): OrderPartners {
    return {
      prices: async (ids) =>
        new Map(
          ids.flatMap((id): [string, PricedProduct][] => {
            const product = this.prices.get(id);
            return product === undefined ? [] : [[id, product]];
          }),
        ),
      reserve: async (id, lines) => this.#inventory.reserve(id, lines),
    };
  }

  /** One more instance; with a `crash` it is killed at a step: a request to the store or to a partner. */
  instance(crash?: Crash, partners: OrderPartners = this.partners): OrderBook {
    const { store, clock, rng } = this;
    return new OrderBook({
      store: crash === undefined ? store : crashingStore(store, crash),
      principal: PRINCIPAL,
      partners:
        crash === undefined
          ? partners
          : {
              prices: (ids, options) => crash.step(() => partners.prices(ids, options)),
              reserve: (id, lines, options) => crash.step(() => partners.reserve(id, lines, options)),
            },
      clock,
      rng,
      retentionSeconds: RETENTION_SECONDS,
    });
  }

  /** What a patient customer does: the same request again until there is an outcome. */
  async placeInTheEnd(customer: string, request: OrderRequest): Promise<PlaceOutcome> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      try {
        return await this.instance().place(customer, request, {});
      } catch (error) {
        if (!(error instanceof InFlightError)) throw error;
        await this.clock.advance(CLAIM_TTL_SECONDS * 1_000 + 1_000);
      }
    }
    throw new Error('the order was never placed');
  }

  async orders(): Promise<readonly Order[]> {
    return (await this.stored('orders/by-id/')).map((stored) => decodeOrder(stored).order);
  }

  async stored(prefix: string): Promise<readonly KeyValue[]> {
    const keys = keysWithPrefix(keyOf(prefix));
    return (await this.store.range({ principal: PRINCIPAL, keyspace: 'user', keys })).keyValues;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}
