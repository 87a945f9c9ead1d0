import type { Money } from '@portolan/contracts/money';
import type { CallOptions } from '@portolan/rpc';
import type { LineItem } from './order-request.ts';

export interface PricedProduct {
  readonly name: string;
  readonly price: Money;
}

export interface ShortLine {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

export type ReserveOutcome =
  { readonly kind: 'reserved' } | { readonly kind: 'shortage'; readonly lines: readonly ShortLine[] };

/** The services that an order needs. */
export interface OrderPartners {
  /** By product id; unknown ones are left out. */
  prices(productIds: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, PricedProduct>>;
  /** Takes all lines or none; the same id again answers the first outcome and takes nothing more. */
  reserve(reservationId: string, lines: readonly LineItem[], options: CallOptions): Promise<ReserveOutcome>;
}
