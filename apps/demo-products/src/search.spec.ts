import { epochMillis } from '@portolan/kernel';
import { CATALOGUE_SEED, createCatalogue, type Product } from './catalogue.ts';
import { createProductSearch, SearchTextTooLongError, type ProductQuery } from './search.ts';

const product = (id: string, name: string, rest: Partial<Product> = {}): Product => ({
  id,
  name,
  description: 'Good.',
  category: 'Things',
  brand: 'Acme',
  priceMinor: 10_00,
  releasedAt: epochMillis(0),
  tags: [],
  ...rest,
});

const SHELF = [
  product('1', 'Fjord Kettle', { description: 'Boils water for a lamp-lit evening.', priceMinor: 30_00 }),
  product('2', 'Aria Desk Lamp', { releasedAt: epochMillis(1), tags: ['led'] }),
  product('3', 'Vela Candle', { category: 'Lamps', priceMinor: 5_00 }),
  product('4', 'Nova Desk Lamp', { brand: 'Caffè Lanterna', releasedAt: epochMillis(2) }),
  product('10', 'Birch Chair', { brand: 'Lampenhaus', priceMinor: 20_00 }),
];
const search = createProductSearch(SHELF);
const idsOf = (query: Partial<ProductQuery>): readonly string[] =>
  search({ text: '', category: '', sort: 'relevance', ...query }).map(({ id }) => id);

describe('searching products', () => {
  it.each([
    ['finds everything, newest first', {}, ['4', '2', '1', '3', '10']],
    ['ranks name over brand and category over description', { text: 'lamp' }, ['4', '2', '3', '10', '1']],
    ['wants every word', { text: 'desk LED' }, ['2']],
    ['takes words in any order and case, and by their beginning', { text: 'LAM des' }, ['4', '2']],
    ['does not find a word by its middle', { text: 'andle' }, []],
    ['looks past accents', { text: 'caffe' }, ['4']],
    ['looks past punctuation', { text: '"lamp", (lit)' }, ['1']],
    ['keeps to a category', { text: 'lamp', category: 'Lamps' }, ['3']],
    ['finds nothing in a category that is not there', { category: 'lamps' }, []],
    ['orders by name', { sort: 'name' }, ['2', '10', '1', '4', '3']],
    ['orders by price, equal ones by id', { sort: 'price-ascending' }, ['3', '2', '4', '10', '1']],
    ['orders by falling price', { sort: 'price-descending' }, ['1', '10', '2', '4', '3']],
    ['orders by release', { text: 'lamp', sort: 'newest' }, ['4', '2', '1', '3', '10']],
  ] as const)('%s', (_what, query, ids) => {
    expect(idsOf(query)).toEqual(ids);
  });

  it.each([['x'.repeat(201)], ['a b c d e f g h i j k l m']])('refuses a text that is too long: %s', (text) => {
    expect(() => idsOf({ text })).toThrow(SearchTextTooLongError);
  });

  it('finds each product of the catalogue by its own name', () => {
    const catalogue = createCatalogue(CATALOGUE_SEED);
    const find = createProductSearch(catalogue);
    for (const { id, name, category } of catalogue) {
      expect(find({ text: name, category, sort: 'relevance' })[0]?.id).toBe(id);
    }
  });
});
