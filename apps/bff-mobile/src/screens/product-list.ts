import { productListQuery, searchRequest, withMissing } from '@portolan/shop';
import { z } from 'zod';
import { fieldsParameter } from '../edge/fields.ts';
import { cardListShape, cardView, currencyOf } from '../views/card.ts';
import { cardsOf } from './cards.ts';
import { defineScreen } from './screen.ts';

const listView = z
  .strictObject({
    ...cardListShape,
    total: z.int().min(0).describe('How many products match, on all pages.'),
    next: z.string().describe('Give it as `cursor` for the next page. Not there on the last one.').optional(),
  })
  .meta({ id: 'CardList' });

export const productListScreen = defineScreen({
  path: '/products',
  operationId: 'listProducts',
  summary: 'Search and list.',
  audience: 'catalogue',
  query: z.strictObject({ ...productListQuery.shape, fields: fieldsParameter }),
  view: listView,
  fieldsOf: 'items',
  fields: Object.keys(cardView.shape),
  load: async ({ services, scope, query }): Promise<z.infer<typeof listView>> => {
    const request = searchRequest(query);
    const page = await scope.required('products', (options) => services.products.searchProducts(request, options));
    return {
      currency: currencyOf(page.products),
      items: await cardsOf(services, scope, page.products),
      total: page.total,
      ...(page.nextPageToken !== '' && { next: page.nextPageToken }),
      ...withMissing(scope.missing),
    };
  },
});
