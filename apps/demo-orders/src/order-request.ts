import { createHash } from 'node:crypto';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

export interface LineItem {
  readonly productId: string;
  readonly quantity: number;
}

export interface OrderRequest {
  /** The customer's; the same key is the same order. */
  readonly idempotencyKey: string;
  /** Each product once. */
  readonly lines: readonly LineItem[];
}

/** As many as a reservation may have. */
export const LINES_MAX = 50;
/** More is a typing error, or somebody who should call the shop. */
export const QUANTITY_MAX = 1_000;

const IDEMPOTENCY_KEY = /^[\w.:~-]{1,128}$/;

/** An order that could never be placed. `context` names each wrong field: `lines[0].quantity`. */
export class InvalidOrderError extends PortolanError {
  readonly code = 'ORDERS_INVALID_ORDER';
  readonly kind: ErrorKind = 'invalid';

  constructor(problems: Readonly<Record<string, string>>) {
    super(`the order is wrong in ${Object.keys(problems).join(', ')}`, {
      fix: 'correct the fields that are named',
      context: problems,
    });
  }
}

/** @throws InvalidOrderError naming everything that is wrong */
export function checkOrder({ idempotencyKey, lines }: OrderRequest): void {
  const problems: Record<string, string> = {};
  if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
    problems.idempotencyKey = 'is not 1 to 128 letters, digits, _ . : ~ or -';
  }
  if (lines.length === 0 || lines.length > LINES_MAX) problems.lines = `are ${lines.length}, not 1 to ${LINES_MAX}`;
  else checkLines(lines, problems);
  if (Object.keys(problems).length > 0) throw new InvalidOrderError(problems);
}

function checkLines(lines: readonly LineItem[], problems: Record<string, string>): void {
  const seen = new Set<string>();
  for (const [index, { productId, quantity }] of lines.entries()) {
    const line = `lines[${index}]`;
    if (seen.has(productId)) problems[`${line}.productId`] = `product ${productId.slice(0, 64)} occurs twice`;
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > QUANTITY_MAX) {
      problems[`${line}.quantity`] = `is ${quantity}, not 1 to ${QUANTITY_MAX}`;
    }
    seen.add(productId);
  }
}

/** Two requests under one key are the same when this is: the same products and quantities, in any order. */
export function fingerprintOf(lines: readonly LineItem[]): string {
  const sorted = lines
    .map(({ productId, quantity }) => [productId, quantity] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}
