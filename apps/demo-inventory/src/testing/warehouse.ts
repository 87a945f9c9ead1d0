import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, keyOf, keysWithPrefix, type KvStore } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { createInventory, type Inventory } from '../inventory.ts';
import { decodeReservation, decodeStock } from '../stored.ts';

export const PRINCIPAL: Principal = { kind: 'service', name: 'demo-inventory' };
export const NEVER = new AbortController().signal;

/** A store and any number of instances of the inventory on it. */
export interface Warehouse extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly store: KvStore;
  /** One more instance; `store` when it sees the store through something. */
  instance(store?: KvStore): Inventory;
  /** Lets time pass until `work` is done. */
  settled<Result>(work: Promise<Result>): Promise<Result>;
  /** Pieces of each product, on the shelf and reserved together. */
  pieces(): Promise<ReadonlyMap<string, number>>;
}

export function openWarehouse(initialStock: ReadonlyMap<string, number>): Warehouse {
  const clock = new VirtualClock();
  const rng = createSeededRng(7);
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng) });
  return {
    clock,
    store,
    instance: (seen = store) => createInventory({ store: seen, principal: PRINCIPAL, clock, rng, initialStock }),
    async settled(work) {
      const state = { done: false };
      const end = (): void => {
        state.done = true;
      };
      work.then(end, end);
      while (!state.done) await clock.advance(1);
      return work;
    },
    async pieces() {
      const pieces = new Map(initialStock);
      const stock = await store.range({ principal: PRINCIPAL, keyspace: 'user', keys: allWith('inventory/stock/') });
      for (const stored of stock.keyValues)
        pieces.set(stored.key.slice('inventory/stock/'.length), decodeStock(stored));
      const reservations = await store.range({
        principal: PRINCIPAL,
        keyspace: 'user',
        keys: allWith('inventory/reservations/'),
      });
      for (const reservation of reservations.keyValues.map(decodeReservation)) {
        if (reservation.state !== 'reserved') continue;
        for (const { productId, quantity } of reservation.lines) {
          pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
        }
      }
      return pieces;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

const allWith = (prefix: string): ReturnType<typeof keysWithPrefix> => keysWithPrefix(keyOf(prefix));
