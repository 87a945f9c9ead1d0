import { ProductOrder } from '@portolan/contracts/products';
import { withMissing } from '@portolan/shop';
import { z } from 'zod';
import { fieldsParameter } from '../edge/fields.ts';
import { cardListShape, currencyOf } from '../views/card.ts';
import { cardsOf } from './cards.ts';
import { defineScreen } from './screen.ts';

/** Two swipes on a phone. */
const NEWEST = 6;

const homeView = z
  .strictObject({
    ...cardListShape,
    items: cardListShape.items.describe('The newest products.'),
    categories: z.array(z.strictObject({ name: z.string(), products: z.int().min(0) }).meta({ id: 'Category' })),
  })
  .meta({ id: 'Home' });

export const homeScreen = defineScreen({
  path: '/home',
  operationId: 'getHome',
  summary: 'The first screen: categories and the newest products.',
  audience: 'catalogue',
  query: z.strictObject({ fields: fieldsParameter }),
  view: homeView,
  fieldsOf: 'answer',
  fields: Object.keys(homeView.shape),
  load: async ({ services, scope }): Promise<z.infer<typeof homeView>> => {
    const newest = { text: '', category: '', order: ProductOrder.NEWEST, pageSize: NEWEST, pageToken: '' };
    const [{ categories }, products] = await Promise.all([
      scope.required('products', (options) => services.products.listCategories({}, options)),
      scope
        .required('products', (options) => services.products.searchProducts(newest, options))
        .then((page) => page.products),
    ]);
    const items = await cardsOf(services, scope, products);
    return {
      currency: currencyOf(products),
      categories: categories.map(({ name, products: count }) => ({ name, products: count })),
      items,
      ...withMissing(scope.missing),
    };
  },
});
