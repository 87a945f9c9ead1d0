import { MalformedAnswerError, missingView, withMissing } from '@portolan/shop';
import { z } from 'zod';
import { fieldsParameter } from '../edge/fields.ts';
import { cardView, currencyOf, currencyView, levelOf, priceOf, starsOf } from '../views/card.ts';
import { defineScreen } from './screen.ts';

/** What fits below a product without scrolling far; the next ones are another screen's. */
const REVIEWS = 3;

const reviewView = z
  .strictObject({ by: z.string(), stars: z.int().min(1).max(5), title: z.string() })
  .meta({ id: 'ReviewLine' });

const productView = z
  .strictObject({
    ...cardView.shape,
    currency: currencyView,
    brand: z.string(),
    text: z.string(),
    reviewCount: z.int().min(0).optional(),
    reviews: z.array(reviewView).describe('The newest three.').optional(),
    missing: missingView,
  })
  .meta({ id: 'ProductScreen' });

export const productScreen = defineScreen({
  path: '/products/:id',
  operationId: 'getProduct',
  summary: 'A product.',
  audience: 'catalogue',
  query: z.strictObject({ fields: fieldsParameter }),
  view: productView,
  fieldsOf: 'answer',
  fields: Object.keys(productView.shape),
  load: async ({ services, scope, parameter }): Promise<z.infer<typeof productView>> => {
    const id = parameter('id');
    const listReviews = { productId: id, pageSize: REVIEWS, pageToken: '' };
    const [{ product }, stock, opinions] = await Promise.all([
      scope.required('products', (options) => services.products.getProduct({ id }, options)),
      scope.optional('inventory', (options) => services.inventory.getStock({ productIds: [id] }, options)),
      scope.optional('reviews', (options) => services.reviews.listReviews(listReviews, options)),
    ]);
    if (product === undefined) throw new MalformedAnswerError(`product ${id}`);
    return {
      id: product.id,
      name: product.name,
      brand: product.brand,
      text: product.description,
      price: priceOf(product),
      currency: currencyOf([product]),
      ...(stock !== undefined && { stock: levelOf(stock.stock.find(({ productId }) => productId === id)) }),
      ...(opinions !== undefined && {
        ...starsOf(opinions.rating),
        reviewCount: opinions.rating?.reviews ?? 0,
        reviews: opinions.reviews.map(({ author, stars, title }) => ({ by: author, stars, title })),
      }),
      ...withMissing(scope.missing),
    };
  },
});
