import { assert, PortolanError, type Clock, type ErrorKind, type Principal, type Rng } from '@portolan/kernel';
import {
  isAbsent,
  isUnchanged,
  oneKey,
  type Compare,
  type Key,
  type KeyValue,
  type KvStore,
  type LeaseId,
  type Operation,
} from '@portolan/kv';
import { backoff } from '@portolan/resilience';
import { sleep } from '@portolan/runtime';
import { decideRelease, decideReserve, type Change, type ReserveOutcome } from './decisions.ts';
import { checkReservation, checkReservationId, type Reservation } from './reservation.ts';
import {
  decodeReservation,
  decodeStock,
  encodeReservation,
  encodeStock,
  reservationKey,
  stockKey,
  type StoredReservation,
} from './stored.ts';

export interface InventoryOptions {
  readonly store: KvStore;
  /** The same store, for what a page shows: it gives up sooner. Default: `store`. */
  readonly stockStore?: KvStore;
  /** As whom the store is asked. */
  readonly principal: Principal;
  readonly clock: Clock;
  readonly rng: Rng;
  /**
   * What each known product begins with. A product without a key in the store has this much, so that a store which lost
   * its memory needs no seeding: the first reservation of a product creates its key.
   */
  readonly initialStock: ReadonlyMap<string, number>;
}

/** Stock and reservations. Any number of instances share one store; none keeps state of its own. */
export interface Inventory {
  /** Unknown products are left out. */
  stockOf(productIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /**
   * Takes all lines or none, once: the same id again answers the first outcome.
   * @throws InvalidReservationError, ReservationReusedError, ReservationReleasedError, ContendedError
   */
  reserve(reservation: Reservation, signal: AbortSignal): Promise<ReserveOutcome>;
  /** Gives back what a reservation holds; one that comes later under this id takes nothing. @throws InvalidReservationError, ContendedError */
  release(id: string, signal: AbortSignal): Promise<void>;
}

/** So many others changed the same stock that this call never had its turn. */
export class ContendedError extends PortolanError {
  readonly code = 'INVENTORY_CONTENDED';
  readonly kind: ErrorKind = 'unavailable';
}

/** Each failed attempt means that somebody else got through; with backoff this many are bad luck beyond belief. */
export const ATTEMPTS_MAX = 32;
const BACKOFF = { baseMs: 2, maxMs: 50, factor: 2 };

/**
 * How long a refusal or release is remembered: far longer than a call may wander about before it arrives, and short
 * enough that a thousand refusals a second stay far below the leases that a store keeps.
 */
export const ENDED_TTL_SECONDS = 120;

export function createInventory(options: InventoryOptions): Inventory {
  const { initialStock, store, stockStore = store } = options;
  return {
    async stockOf(productIds, signal) {
      const known = productIds.filter((id) => initialStock.has(id));
      return (await readStock({ ...options, store: stockStore }, known, signal)).stock;
    },
    async reserve(reservation, signal) {
      const { id, lines } = checkReservation(reservation, (productId) => initialStock.has(productId));
      const productIds = lines.map(({ productId }) => productId);
      return retryWhileContended(options, id, signal, async () => {
        const seen = await read(options, id, productIds, signal);
        const { outcome, change } = decideReserve(lines, seen.reservation, seen.stock);
        return (await commit(options, id, seen, change, signal)) ? outcome : undefined;
      });
    },
    async release(reservationId, signal) {
      const id = checkReservationId(reservationId);
      await retryWhileContended(options, id, signal, async () => {
        const { reservation } = await read(options, id, [], signal);
        const held = reservation?.state === 'reserved' ? reservation.lines.map(({ productId }) => productId) : [];
        const seen = await read(options, id, held, signal);
        // Reserved between the two reads: what it took was not read.
        if (seen.reservation?.state !== reservation?.state) return undefined;
        const change = decideRelease(seen.reservation, seen.stock);
        return (await commit(options, id, seen, change, signal)) ? 'released' : undefined;
      });
    },
  };
}

/** Runs `attempt` until it answers something. */
async function retryWhileContended<Answer>(
  { clock, rng }: InventoryOptions,
  id: string,
  signal: AbortSignal,
  attempt: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (let failures = 0; failures < ATTEMPTS_MAX; failures += 1) {
    if (failures > 0) await sleep(clock, backoff(BACKOFF, failures - 1, rng), signal);
    const answer = await attempt();
    if (answer !== undefined) return answer;
  }
  throw new ContendedError(`reservation ${id} did not get its turn in ${ATTEMPTS_MAX} attempts`, {
    fix: 'try again under the same id',
    context: { reservation: id, attempts: ATTEMPTS_MAX },
  });
}

interface SeenStock {
  readonly stock: ReadonlyMap<string, number>;
  /** By product; undefined where there is no key yet. */
  readonly stockKeys: ReadonlyMap<string, KeyValue | undefined>;
}

interface Seen extends SeenStock {
  readonly reservation: StoredReservation | undefined;
  readonly reservationKey: KeyValue | undefined;
}

async function read(
  options: InventoryOptions,
  id: string,
  productIds: readonly string[],
  signal: AbortSignal,
): Promise<Seen> {
  const { stored, ...stock } = await readStock(options, productIds, signal, reservationKey(id));
  return { ...stock, reservation: stored && decodeReservation(stored), reservationKey: stored };
}

/** The stock of several products, and one more key when asked, all at one revision. */
async function readStock(
  { store, principal, initialStock }: InventoryOptions,
  productIds: readonly string[],
  signal: AbortSignal,
  alsoKey?: Key,
): Promise<SeenStock & { readonly stored: KeyValue | undefined }> {
  const keys = [...productIds.map(stockKey), ...(alsoKey === undefined ? [] : [alsoKey])];
  if (keys.length === 0) return { stock: new Map(), stockKeys: new Map(), stored: undefined };
  const success = keys.map((key): Operation => ({ kind: 'range', keyspace: 'user', keys: oneKey(key) }));
  const { results } = await store.txn({ principal, success }, signal);
  const found = results.map((result) => {
    assert(result.kind === 'range', 'a read is answered by what it found');
    return result.keyValues[0];
  });
  const stockKeys = new Map(productIds.map((productId, index) => [productId, found[index]]));
  const stock = new Map(
    [...stockKeys].map(([productId, stored]) => [
      productId,
      stored === undefined ? (initialStock.get(productId) ?? 0) : decodeStock(stored),
    ]),
  );
  return { stock, stockKeys, stored: alsoKey === undefined ? undefined : found.at(-1) };
}

/** Writes `change` if nothing that was seen has changed since. @returns false when something has */
async function commit(
  { store, principal }: InventoryOptions,
  id: string,
  seen: Seen,
  change: Change | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (change === undefined) return true;
  const key = reservationKey(id);
  const lease = await leaseFor(change.reservation, { store, principal }, signal);
  const value = encodeReservation(change.reservation);
  const { succeeded } = await store.txn(
    {
      principal,
      compares: [
        asSeen(key, seen.reservationKey),
        ...[...seen.stockKeys].map(([productId, stored]) => asSeen(stockKey(productId), stored)),
      ],
      success: [
        { kind: 'put', keyspace: 'user', key, value, ...(lease !== undefined && { lease }) },
        ...[...change.stock].map(([productId, available]): Operation => ({
          kind: 'put',
          keyspace: 'user',
          key: stockKey(productId),
          value: encodeStock(available),
        })),
      ],
    },
    signal,
  );
  return succeeded;
}

/** What holds stock is kept as long as the order that it belongs to; what has ended is forgotten after a while. */
async function leaseFor(
  { state }: StoredReservation,
  { store, principal }: Pick<InventoryOptions, 'store' | 'principal'>,
  signal: AbortSignal,
): Promise<LeaseId | undefined> {
  if (state === 'reserved') return undefined;
  return (await store.grantLease({ principal, ttlSeconds: ENDED_TTL_SECONDS }, signal)).id;
}

const asSeen = (key: Key, seen: KeyValue | undefined): Compare =>
  seen === undefined ? isAbsent('user', key) : isUnchanged('user', key, seen.modRevision);
