import {
  ProductOrder,
  type Product as WireProduct,
  type ProductsServiceService,
  type SearchProductsRequest,
} from '@portolan/contracts/products';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Implementation } from '@portolan/rpc';
import { checkIds, pageOf } from '@portolan/service';
import type { Product } from './catalogue.ts';
import { createProductSearch, PRODUCT_SORTS, type ProductSort } from './search.ts';

/** There is no product with this id. */
export class ProductNotFoundError extends PortolanError {
  readonly code = 'PRODUCTS_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';
}

/** An order of results that this version does not know. */
export class UnknownProductOrderError extends PortolanError {
  readonly code = 'PRODUCTS_UNKNOWN_ORDER';
  readonly kind: ErrorKind = 'invalid';
}

const SORT_OF: Readonly<Record<number, ProductSort>> = {
  [ProductOrder.UNSPECIFIED]: 'relevance',
  [ProductOrder.NAME]: 'name',
  [ProductOrder.PRICE_ASCENDING]: 'price-ascending',
  [ProductOrder.PRICE_DESCENDING]: 'price-descending',
  [ProductOrder.NEWEST]: 'newest',
};

/** ProductsService over a fixed catalogue. */
export function createProductsService(catalogue: readonly Product[]): Implementation<typeof ProductsServiceService> {
  const byId = new Map(catalogue.map((product) => [product.id, product]));
  const search = createProductSearch(catalogue);
  const sizes = new Map<string, number>();
  for (const { category } of catalogue) sizes.set(category, (sizes.get(category) ?? 0) + 1);
  const categories = [...sizes].map(([name, products]) => ({ name, products }));
  categories.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    async getProduct({ id }) {
      const product = byId.get(id);
      if (product !== undefined) return { product: toWire(product) };
      throw new ProductNotFoundError(`there is no product "${id.slice(0, 64)}"`, {
        fix: 'use an id that a search or a list answered',
        context: { id: id.slice(0, 64) },
      });
    },
    async getProducts({ ids }) {
      return {
        products: checkIds(ids)
          .flatMap((id) => byId.get(id) ?? [])
          .map(toWire),
      };
    },
    async searchProducts(request) {
      const { text, category } = request;
      const sort = sortOf(request);
      const results = search({ text, category, sort });
      const page = pageOf(results, ({ id }) => id, request, ['SearchProducts', text, category, sort]);
      return { products: page.items.map(toWire), nextPageToken: page.nextPageToken, total: results.length };
    },
    async listCategories() {
      return { categories };
    },
  };
}

function sortOf({ order }: SearchProductsRequest): ProductSort {
  const sort = SORT_OF[order];
  if (sort !== undefined) return sort;
  throw new UnknownProductOrderError(`products cannot be ordered by ${order}`, {
    fix: `order by one of: ${PRODUCT_SORTS.join(', ')}`,
    context: { order },
  });
}

function toWire({ priceMinor, releasedAt, ...rest }: Product): WireProduct {
  return { ...rest, price: { amountMinor: BigInt(priceMinor), currency: 'EUR' }, releasedAt: BigInt(releasedAt) };
}
