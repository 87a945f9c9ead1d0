import type { PartScope, ShopServices } from '@portolan/shop';
import type { Product } from '@portolan/contracts/products';
import { viewOfProduct, viewOfRating, viewOfStock, type ProductCardView } from '../views/product.ts';

/** The products of a list, each with its stock and rating: optional parts, asked for in one call a service. */
export async function productCards(
  { inventory, reviews }: ShopServices,
  scope: PartScope,
  products: readonly Product[],
): Promise<ProductCardView[]> {
  if (products.length === 0) return [];
  const productIds = products.map(({ id }) => id);
  const [stock, ratings] = await Promise.all([
    scope.optional('inventory', (options) => inventory.getStock({ productIds }, options)),
    scope.optional('reviews', (options) => reviews.getRatings({ productIds }, options)),
  ]);
  const stockOf = new Map(stock?.stock.map((one) => [one.productId, one]));
  const ratingOf = new Map(ratings?.ratings.map((one) => [one.productId, one]));
  return products.map((product) => ({
    ...viewOfProduct(product),
    ...(stock !== undefined && { stock: viewOfStock(stockOf.get(product.id)) }),
    ...(ratings !== undefined && { rating: viewOfRating(ratingOf.get(product.id)) }),
  }));
}
