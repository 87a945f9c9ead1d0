import { withMissing, searchRequest, type PartScope, type ProductQuery, type ShopServices } from '@portolan/shop';
import type { ProductListView } from '../views/product.ts';
import { productCards } from './product-cards.ts';

/** One page of the products that match. The products are required; what other services know of them is not. */
export async function productList(
  services: ShopServices,
  scope: PartScope,
  query: ProductQuery,
): Promise<ProductListView> {
  const search = searchRequest(query);
  const page = await scope.required('products', (options) => services.products.searchProducts(search, options));
  return {
    items: await productCards(services, scope, page.products),
    total: page.total,
    ...(page.nextPageToken !== '' && { nextCursor: page.nextPageToken }),
    ...withMissing(scope.missing),
  };
}
