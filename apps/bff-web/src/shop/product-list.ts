import { ProductOrder } from '@portolan/contracts/products';
import type { PartScope } from '../parts/part-scope.ts';
import { withMissing } from '../views/missing.ts';
import type { ProductListView } from '../views/product.ts';
import { productCards } from './product-cards.ts';
import type { ShopServices } from './services.ts';

/** The values of `sort`. */
export const PRODUCT_SORTS = ['relevance', 'name', 'price-ascending', 'price-descending', 'newest'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

const ORDER_OF = {
  relevance: ProductOrder.UNSPECIFIED,
  name: ProductOrder.NAME,
  'price-ascending': ProductOrder.PRICE_ASCENDING,
  'price-descending': ProductOrder.PRICE_DESCENDING,
  newest: ProductOrder.NEWEST,
} as const satisfies Record<ProductSort, ProductOrder>;

export interface ProductQuery {
  readonly q: string;
  readonly category: string;
  readonly sort: ProductSort;
  readonly cursor: string;
  readonly limit: number;
}

/** One page of the products that match. The products are required; what other services know of them is not. */
export async function productList(
  services: ShopServices,
  scope: PartScope,
  query: ProductQuery,
): Promise<ProductListView> {
  const search = {
    text: query.q,
    category: query.category,
    order: ORDER_OF[query.sort],
    pageSize: query.limit,
    pageToken: query.cursor,
  };
  const page = await scope.required('products', (options) => services.products.searchProducts(search, options));
  return {
    items: await productCards(services, scope, page.products),
    total: page.total,
    ...(page.nextPageToken !== '' && { nextCursor: page.nextPageToken }),
    ...withMissing(scope.missing),
  };
}
