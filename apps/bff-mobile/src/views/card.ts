import type { Stock } from '@portolan/contracts/inventory';
import type { Product } from '@portolan/contracts/products';
import type { Rating } from '@portolan/contracts/reviews';
import { MalformedAnswerError, missingView, viewOfMoney } from '@portolan/shop';
import { z } from 'zod';

/** Fewer than this many are said to be few. */
const LOW_STOCK = 5;

export const stockLevel = z.enum(['in', 'low', 'out']).describe(`in, low: fewer than ${LOW_STOCK}, or out of stock.`);
export type StockLevel = z.infer<typeof stockLevel>;

export const currencyView = z
  .string()
  .length(3)
  .describe('ISO 4217; of every price in the answer.')
  .meta({ examples: ['EUR'] });
export const priceView = z.int().min(0).describe('In the smallest unit of the currency: 1999 of EUR is €19.99.');

/** A product as a list on a small screen shows it. */
export const cardView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    price: priceView,
    stock: stockLevel.optional(),
    stars: z.number().min(1).max(5).describe('On average; absent while nobody has reviewed the product.').optional(),
  })
  .meta({ id: 'Card' });
export type CardView = z.infer<typeof cardView>;

/** What lists of cards have around them. */
export const cardListShape = { currency: currencyView, items: z.array(cardView), missing: missingView };

export const levelOf = (stock: Stock | undefined): StockLevel => {
  const available = stock?.available ?? 0;
  if (available === 0) return 'out';
  return available < LOW_STOCK ? 'low' : 'in';
};

/** Half stars: finer ones cannot be seen. */
export const starsOf = (rating: Rating | undefined): { stars?: number } =>
  rating === undefined || rating.reviews === 0 ? {} : { stars: Math.round(rating.averageStars * 2) / 2 };

/** The one currency of a list. @throws MalformedAnswerError when products have several */
export function currencyOf(products: readonly Product[], otherwise = 'EUR'): string {
  const currencies = new Set(
    products.map(({ id, price }) => viewOfMoney(price, `the price of product ${id}`).currency),
  );
  if (currencies.size > 1) throw new MalformedAnswerError('one currency for all products');
  return [...currencies][0] ?? otherwise;
}

export const priceOf = ({ id, price }: Pick<Product, 'id' | 'price'>): number =>
  viewOfMoney(price, `the price of product ${id}`).amountMinor;
