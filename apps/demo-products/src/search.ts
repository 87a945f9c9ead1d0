import { assert, PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Product } from './catalogue.ts';

export const PRODUCT_SORTS = ['relevance', 'name', 'price-ascending', 'price-descending', 'newest'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

export interface ProductQuery {
  /** Each of its words must begin a word of the product. Empty: every product. */
  readonly text: string;
  /** Exactly as products name it; empty: every category. */
  readonly category: string;
  readonly sort: ProductSort;
}

/** Longer texts are pasted by accident, and each word costs a look at every product. */
export const TEXT_CHARACTERS_MAX = 200;
export const TEXT_WORDS_MAX = 12;

/** A word found in a better place outweighs all other words found in worse ones. */
const NAME = (TEXT_WORDS_MAX + 1) ** 2;
const BRAND_OR_CATEGORY = TEXT_WORDS_MAX + 1;
const DESCRIPTION_OR_TAGS = 1;

/** A text that is too long to search for. */
export class SearchTextTooLongError extends PortolanError {
  readonly code = 'PRODUCTS_SEARCH_TEXT_TOO_LONG';
  readonly kind: ErrorKind = 'invalid';
}

interface Indexed {
  readonly product: Product;
  readonly places: readonly { readonly weight: number; readonly words: readonly string[] }[];
}

/** Every matching product, in order. */
export type ProductSearch = (query: ProductQuery) => readonly Product[];

/** Reads each product once; a search then looks at each of them. Right for hundreds, not for millions. */
export function createProductSearch(products: readonly Product[]): ProductSearch {
  const index = products.map((product): Indexed => ({
    product,
    places: [
      { weight: NAME, words: wordsOf(product.name) },
      { weight: BRAND_OR_CATEGORY, words: wordsOf(`${product.brand} ${product.category}`) },
      { weight: DESCRIPTION_OR_TAGS, words: wordsOf(`${product.description} ${product.tags.join(' ')}`) },
    ],
  }));
  return ({ text, category, sort }) => {
    const wanted = wantedWords(text);
    return index
      .filter(({ product }) => category === '' || product.category === category)
      .map((indexed) => ({ product: indexed.product, score: scoreOf(indexed, wanted) }))
      .filter(({ score }) => score !== undefined)
      .sort(
        (a, b) => COMPARE[sort](a.product, b.product, (b.score ?? 0) - (a.score ?? 0)) || byId(a.product, b.product),
      )
      .map(({ product }) => product);
  };
}

type Compare = (a: Product, b: Product, byScore: number) => number;

const newest = (a: Product, b: Product): number => b.releasedAt - a.releasedAt;
const byId = (a: Product, b: Product): number => Number(a.id) - Number(b.id);

const COMPARE = {
  relevance: (a, b, byScore) => byScore || newest(a, b),
  name: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  'price-ascending': (a, b) => a.priceMinor - b.priceMinor,
  'price-descending': (a, b) => b.priceMinor - a.priceMinor,
  newest,
} as const satisfies Record<ProductSort, Compare>;

/** How well a product matches: the sum over all words of the best place that has it. Undefined: some word is nowhere. */
function scoreOf({ places }: Indexed, wanted: readonly string[]): number | undefined {
  let score = 0;
  for (const word of wanted) {
    const best = places.find(({ words }) => words.some((other) => other.startsWith(word)));
    if (best === undefined) return undefined;
    score += best.weight;
  }
  assert(score <= TEXT_WORDS_MAX * NAME, 'a score counts each word once');
  return score;
}

/** @throws SearchTextTooLongError */
function wantedWords(text: string): readonly string[] {
  const words = text.length > TEXT_CHARACTERS_MAX ? [] : [...new Set(wordsOf(text))];
  if (text.length > TEXT_CHARACTERS_MAX || words.length > TEXT_WORDS_MAX) {
    throw new SearchTextTooLongError('the text is too long to search for', {
      fix: `send at most ${TEXT_WORDS_MAX} words and ${TEXT_CHARACTERS_MAX} characters`,
      context: { characters: text.length, words: words.length },
    });
  }
  return words;
}

/** Lower case, without accents: "Caffè" is found by "caffe". */
function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
