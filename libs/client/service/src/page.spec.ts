import fc from 'fast-check';
import { checkIds, IDS_MAX, TooManyIdsError } from './check-ids.ts';
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, pageOf, PageSizeError } from './page.ts';
import { createPageToken, InvalidPageTokenError, readPageToken } from './page-token.ts';

const QUERY = ['products', 'lamp', 'newest'];
const RESULTS = Array.from({ length: 45 }, (_, index) => `item-${index}`);
const page = (
  pageSize: number,
  pageToken = '',
  query = QUERY,
  results = RESULTS,
): { readonly items: readonly string[]; readonly nextPageToken: string } =>
  pageOf(results, (item) => item, { pageSize, pageToken }, query);

describe('pages', () => {
  it('show every result once, whatever their size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: PAGE_SIZE_MAX }), fc.nat(150), (size, count) => {
        const results = RESULTS.concat(RESULTS.map((item) => `${item}-bis`)).slice(0, count);
        const seen: string[] = [];
        let token = '';
        do {
          const { items, nextPageToken } = page(size, token, QUERY, results);
          seen.push(...items);
          token = nextPageToken;
        } while (token !== '');
        expect(seen).toEqual(results);
      }),
    );
  });

  it('neither repeat nor skip when results come and go before them', () => {
    const { nextPageToken } = page(10);
    expect(page(2, nextPageToken, QUERY, ['new', ...RESULTS.slice(5)]).items).toEqual(['item-10', 'item-11']);
  });

  it('have a default size and a largest one', () => {
    expect(page(0).items).toHaveLength(PAGE_SIZE_DEFAULT);
    expect(() => page(PAGE_SIZE_MAX + 1)).toThrow(PageSizeError);
  });

  it('end with a token that nobody else made', () => {
    const { nextPageToken } = page(10);
    expect(() => page(10, nextPageToken, ['products', 'lamps', 'newest'])).toThrow(InvalidPageTokenError);
    expect(() => page(10, nextPageToken, QUERY, ['item-0'])).toThrow(InvalidPageTokenError);
    expect(() => page(10, 'x'.repeat(5_000))).toThrow(InvalidPageTokenError);
  });
});

describe('a page token', () => {
  it('gives back its position to its own query alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), fc.string({ unit: 'grapheme' }), (mine, other, at) => {
        const token = createPageToken(mine, at);
        expect(readPageToken(mine, token)).toBe(at);
        fc.pre(JSON.stringify(mine) !== JSON.stringify(other));
        expect(() => readPageToken(other, token)).toThrow(InvalidPageTokenError);
      }),
    );
  });

  it.each(['garbled', 'AAAAAAAAAAAAAAAA', '{"offset":20}', ' ', 'é'])('is not %j', (token) => {
    expect(() => readPageToken(QUERY, token)).toThrow(InvalidPageTokenError);
  });
});

describe('ids', () => {
  it('are looked up once each, up to a limit', () => {
    expect(checkIds(['2', '1', '2'])).toEqual(['2', '1']);
    expect(() => checkIds(Array.from({ length: IDS_MAX + 1 }, String))).toThrow(TooManyIdsError);
  });
});
