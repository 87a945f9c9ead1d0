import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Line } from './reservation.ts';
import type { StoredReservation } from './stored.ts';

export interface ShortLine {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

export type ReserveOutcome =
  | { readonly kind: 'reserved' }
  /** Nothing was taken. */
  | { readonly kind: 'shortage'; readonly lines: readonly ShortLine[] };

/** What the store should become. Products that are not named keep their stock. */
export interface Change {
  readonly reservation: StoredReservation;
  readonly stock: ReadonlyMap<string, number>;
}

export interface ReserveDecision {
  readonly outcome: ReserveOutcome;
  /** Undefined: it is so already. */
  readonly change: Change | undefined;
}

/** A reservation id that was used for something else before. */
export class ReservationReusedError extends PortolanError {
  readonly code = 'INVENTORY_RESERVATION_REUSED';
  readonly kind: ErrorKind = 'invalid';
}

/** A reservation that was given back: it is over. */
export class ReservationReleasedError extends PortolanError {
  readonly code = 'INVENTORY_RESERVATION_RELEASED';
  readonly kind: ErrorKind = 'precondition';
}

/**
 * Takes all lines or none; what was decided once under this id stays decided.
 * @param stock of every product in `lines`
 * @throws ReservationReusedError, ReservationReleasedError
 */
export function decideReserve(
  lines: readonly Line[],
  stored: StoredReservation | undefined,
  stock: ReadonlyMap<string, number>,
): ReserveDecision {
  if (stored !== undefined) return { outcome: outcomeOf(stored, lines), change: undefined };
  const asked = lines.map(({ productId, quantity }) => ({ productId, quantity, available: stock.get(productId) ?? 0 }));
  const shortage = asked
    .filter(({ quantity, available }) => quantity > available)
    .map(({ productId, quantity, available }) => ({ productId, requested: quantity, available }));
  const kept = lines.map(({ productId, quantity }) => ({ productId, quantity }));
  if (shortage.length > 0) {
    return {
      outcome: { kind: 'shortage', lines: shortage },
      change: { reservation: { format: 1, state: 'refused', lines: kept, shortage }, stock: new Map() },
    };
  }
  return {
    outcome: { kind: 'reserved' },
    change: {
      reservation: { format: 1, state: 'reserved', lines: kept },
      stock: new Map(asked.map(({ productId, quantity, available }) => [productId, available - quantity])),
    },
  };
}

function outcomeOf(stored: StoredReservation, lines: readonly Line[]): ReserveOutcome {
  if (stored.state === 'released') {
    throw new ReservationReleasedError('this reservation was released and takes nothing any more', {
      fix: 'reserve under a new id',
    });
  }
  if (!sameLines(stored.lines, lines)) {
    throw new ReservationReusedError('this reservation was made for other lines', { fix: 'reserve under a new id' });
  }
  return stored.state === 'reserved' ? { kind: 'reserved' } : { kind: 'shortage', lines: stored.shortage };
}

/** In any order. */
function sameLines(a: readonly Line[], b: readonly Line[]): boolean {
  const quantities = new Map(a.map(({ productId, quantity }) => [productId, quantity]));
  return a.length === b.length && b.every(({ productId, quantity }) => quantities.get(productId) === quantity);
}

/**
 * Gives back what the reservation holds, and leaves a record that stops one which is still on its way.
 * @param stock of every product that the reservation holds
 * @returns undefined when nothing is held and nothing can come any more
 */
export function decideRelease(
  stored: StoredReservation | undefined,
  stock: ReadonlyMap<string, number>,
): Change | undefined {
  const reservation = { format: 1, state: 'released' } as const;
  switch (stored?.state) {
    case undefined:
      return { reservation, stock: new Map() };
    case 'reserved':
      return {
        reservation,
        stock: new Map(
          stored.lines.map(({ productId, quantity }) => [productId, (stock.get(productId) ?? 0) + quantity]),
        ),
      };
    case 'refused':
    case 'released':
      return undefined;
  }
}
