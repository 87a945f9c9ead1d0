import { type PartScope, type ShopServices, withMissing } from '@portolan/shop';
import { ProductOrder } from '@portolan/contracts/products';
import type { HomeView } from '../views/home.ts';
import { productCards } from './product-cards.ts';

/** One row on a wide screen. */
const NEWEST = 8;

export async function homePage(services: ShopServices, scope: PartScope): Promise<HomeView> {
  const newest = { text: '', category: '', order: ProductOrder.NEWEST, pageSize: NEWEST, pageToken: '' };
  const [categories, cards] = await Promise.all([
    scope.required('products', (options) => services.products.listCategories({}, options)),
    scope
      .required('products', (options) => services.products.searchProducts(newest, options))
      .then(({ products }) => productCards(services, scope, products)),
  ]);
  return {
    categories: categories.categories.map(({ name, products }) => ({ name, products })),
    newest: cards,
    ...withMissing(scope.missing),
  };
}
