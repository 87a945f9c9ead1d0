import { ProductOrder, type SearchProductsRequest } from '@portolan/contracts/products';

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

/** The question as demo-products takes it. */
export const searchRequest = ({ q, category, sort, limit, cursor }: ProductQuery): SearchProductsRequest => ({
  text: q,
  category,
  order: ORDER_OF[sort],
  pageSize: limit,
  pageToken: cursor,
});
