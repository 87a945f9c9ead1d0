import { ProductOrder, ProductsServiceService, SearchProductsRequest } from '@portolan/contracts/products';
import { createClient, implement, type Client } from '@portolan/rpc';
import { startLoopback, type Loopback } from '@portolan/service/testing';
import { CATALOGUE_SEED, createCatalogue } from './catalogue.ts';
import { createProductsService } from './products-service.ts';

describe('ProductsService', () => {
  let loopback: Loopback;
  let products: Client<typeof ProductsServiceService>;
  beforeAll(async () => {
    const service = createProductsService(createCatalogue(CATALOGUE_SEED));
    loopback = await startLoopback([implement(ProductsServiceService, service)]);
    products = createClient(ProductsServiceService, loopback.connection);
  });
  afterAll(() => loopback[Symbol.asyncDispose]());

  const query = (request: Partial<SearchProductsRequest> = {}): SearchProductsRequest => ({
    text: '',
    category: '',
    order: ProductOrder.UNSPECIFIED,
    pageSize: 0,
    pageToken: '',
    ...request,
  });

  it('answers one product with its price in minor units, and says which instance did', async () => {
    const headers: (string | undefined)[] = [];
    const { product } = await products.getProduct(
      { id: '1' },
      { onHeaders: (get) => headers.push(get('portolan-instance')) },
    );
    expect(product).toMatchObject({ id: '1', price: { amountMinor: 14990n, currency: 'EUR' } });
    expect(headers).toEqual(['test-1']);
  });

  it('does not know a product that is not there', async () => {
    await expect(products.getProduct({ id: '301' })).rejects.toMatchObject({
      code: 'PRODUCTS_NOT_FOUND',
      kind: 'not-found',
      context: { id: '301' },
    });
  });

  it('answers those it knows of many', async () => {
    const { products: found } = await products.getProducts({ ids: ['7', 'x', '3', '7'] });
    expect(found.map(({ id }) => id)).toEqual(['7', '3']);
    await expect(
      products.getProducts({ ids: Array.from({ length: 101 }, (_, index) => `${index}`) }),
    ).rejects.toMatchObject({ code: 'SERVICE_TOO_MANY_IDS', kind: 'invalid' });
  });

  it('pages through a search without losing or repeating any', async () => {
    const ids: string[] = [];
    let pageToken = '';
    do {
      const page = await products.searchProducts(
        query({ order: ProductOrder.PRICE_ASCENDING, pageSize: 70, pageToken }),
      );
      expect(page.total).toBe(300);
      ids.push(...page.products.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(new Set(ids).size).toBe(300);
  });

  it('refuses a page token of another query, and an order it does not know', async () => {
    const { nextPageToken: pageToken } = await products.searchProducts(query({ text: 'lamp', pageSize: 1 }));
    expect(pageToken).not.toBe('');
    await expect(products.searchProducts(query({ text: 'pan', pageToken }))).rejects.toMatchObject({
      code: 'SERVICE_INVALID_PAGE_TOKEN',
      kind: 'invalid',
      fix: 'send the token of the page before with the same query, or none to begin again',
    });
    // Field 3 with a number that a later version may know.
    const later = SearchProductsRequest.decode(Uint8Array.of(3 << 3, 99));
    await expect(products.searchProducts(later)).rejects.toMatchObject({
      code: 'PRODUCTS_UNKNOWN_ORDER',
      kind: 'invalid',
    });
  });

  it('lists the categories by name, and all products are in one', async () => {
    const { categories } = await products.listCategories({});
    expect(categories.map(({ name }) => name)).toEqual(categories.map(({ name }) => name).toSorted());
    expect(categories.reduce((sum, { products: count }) => sum + count, 0)).toBe(300);
  });
});
