import { MalformedAnswerError, type PartScope, type ShopServices, viewOfTime, withMissing } from '@portolan/shop';
import { viewOfProduct, viewOfRating, viewOfReview, viewOfStock, type ProductPageView } from '../views/product.ts';

/** Reviews on the page itself. */
const REVIEWS = 10;

/** Everything the page shows, asked for at once; the product is required. */
export async function productPage(
  { products, inventory, reviews }: ShopServices,
  scope: PartScope,
  id: string,
): Promise<ProductPageView> {
  const listReviews = { productId: id, pageSize: REVIEWS, pageToken: '' };
  const [{ product }, stock, opinions] = await Promise.all([
    scope.required('products', (options) => products.getProduct({ id }, options)),
    scope.optional('inventory', (options) => inventory.getStock({ productIds: [id] }, options)),
    scope.optional('reviews', (options) => reviews.listReviews(listReviews, options)),
  ]);
  if (product === undefined) throw new MalformedAnswerError(`product ${id}`);
  return {
    ...viewOfProduct(product),
    description: product.description,
    releasedAt: viewOfTime(product.releasedAt, `the release of product ${id}`),
    tags: [...product.tags],
    ...(stock !== undefined && { stock: viewOfStock(stock.stock.find(({ productId }) => productId === id)) }),
    ...(opinions !== undefined && {
      rating: viewOfRating(opinions.rating),
      reviews: opinions.reviews.map(viewOfReview),
    }),
    ...withMissing(scope.missing),
  };
}
