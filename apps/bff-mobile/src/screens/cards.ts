import type { Product } from '@portolan/contracts/products';
import type { PartScope, ShopServices } from '@portolan/shop';
import { levelOf, priceOf, starsOf, type CardView } from '../views/card.ts';

/** Ids in one call, as the services take them. */
const IDS_MAX = 100;

/** Cards of products, each with its stock and stars: optional parts, asked for in one call a service and hundred products. */
export async function cardsOf(
  { inventory, reviews }: ShopServices,
  scope: PartScope,
  products: readonly Product[],
): Promise<CardView[]> {
  const pages = Array.from({ length: Math.ceil(products.length / IDS_MAX) }, (_, page) =>
    products.slice(page * IDS_MAX, (page + 1) * IDS_MAX),
  );
  const cards = await Promise.all(
    pages.map(async (page) => {
      const productIds = page.map(({ id }) => id);
      const [stock, ratings] = await Promise.all([
        scope.optional('inventory', (options) => inventory.getStock({ productIds }, options)),
        scope.optional('reviews', (options) => reviews.getRatings({ productIds }, options)),
      ]);
      const stockOf = new Map(stock?.stock.map((one) => [one.productId, one]));
      const ratingOf = new Map(ratings?.ratings.map((one) => [one.productId, one]));
      return page.map((product): CardView => ({
        id: product.id,
        name: product.name,
        price: priceOf(product),
        ...(stock !== undefined && { stock: levelOf(stockOf.get(product.id)) }),
        ...(ratings !== undefined && starsOf(ratingOf.get(product.id))),
      }));
    }),
  );
  return cards.flat();
}
