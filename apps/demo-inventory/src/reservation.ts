import { PortolanError, type ErrorContext, type ErrorKind } from '@portolan/kernel';

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface Reservation {
  /** The caller's; the same id is the same reservation. */
  readonly id: string;
  /** Each product once. */
  readonly lines: readonly Line[];
}

/** As many as an order may have; with its record a reservation stays below the store's 128 operations a transaction. */
export const LINES_MAX = 50;
/** More is a typing error, or somebody who should call the shop. */
export const QUANTITY_MAX = 1_000;

const RESERVATION_ID = /^[\w.-]{1,128}$/;

/** A reservation that could never be made. `context` names each wrong line. */
export class InvalidReservationError extends PortolanError {
  readonly code = 'INVENTORY_INVALID_RESERVATION';
  readonly kind: ErrorKind = 'invalid';
}

/**
 * @param isKnown whether this service has the product
 * @throws InvalidReservationError naming everything that is wrong
 */
export function checkReservation(reservation: Reservation, isKnown: (productId: string) => boolean): Reservation {
  const { id, lines } = reservation;
  const problems: Record<string, string> = {};
  checkId(id, problems);
  if (lines.length === 0 || lines.length > LINES_MAX) problems.lines = `are ${lines.length}, not 1 to ${LINES_MAX}`;
  else checkLines(lines, isKnown, problems);
  refuseIfAny(problems);
  return reservation;
}

/** @throws InvalidReservationError */
export function checkReservationId(id: string): string {
  const problems: Record<string, string> = {};
  checkId(id, problems);
  refuseIfAny(problems);
  return id;
}

function checkId(id: string, problems: Record<string, string>): void {
  if (!RESERVATION_ID.test(id)) problems.reservationId = 'is not 1 to 128 letters, digits, _ . or -';
}

function checkLines(
  lines: readonly Line[],
  isKnown: (productId: string) => boolean,
  problems: Record<string, string>,
): void {
  const seen = new Set<string>();
  for (const [index, { productId, quantity }] of lines.entries()) {
    const line = `lines[${index}]`;
    if (!isKnown(productId)) problems[`${line}.productId`] = `there is no product "${productId.slice(0, 64)}"`;
    else if (seen.has(productId)) problems[`${line}.productId`] = `product ${productId} occurs twice`;
    if (quantity < 1 || quantity > QUANTITY_MAX)
      problems[`${line}.quantity`] = `is ${quantity}, not 1 to ${QUANTITY_MAX}`;
    seen.add(productId);
  }
}

function refuseIfAny(context: ErrorContext): void {
  const names = Object.keys(context);
  if (names.length === 0) return;
  throw new InvalidReservationError(`the reservation is wrong in ${names.join(', ')}`, {
    fix: 'correct the fields that are named',
    context,
  });
}
