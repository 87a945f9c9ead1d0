import { assert, createSeededRng, epochMillis, type EpochMillis, type Rng } from '@portolan/kernel';
import type { CategoryPlan, ProductKind } from './assortment/category-plan.ts';
import { ELECTRONICS } from './assortment/electronics.ts';
import { KITCHEN_AND_HOME } from './assortment/kitchen-and-home.ts';
import { LEISURE } from './assortment/leisure.ts';
import { OUTDOOR } from './assortment/outdoor.ts';

export interface Product {
  /** "1" to "300" */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly brand: string;
  /** In cents of EUR. */
  readonly priceMinor: number;
  /** Midnight UTC. */
  readonly releasedAt: EpochMillis;
  readonly tags: readonly string[];
}

const CATEGORIES: readonly CategoryPlan[] = [...ELECTRONICS, ...KITCHEN_AND_HOME, ...OUTDOOR, ...LEISURE];

/** The other demo services know ids "1" to "300" by themselves: apps do not import each other. */
export const PRODUCTS = 300;

/** All instances show the same products because all begin here. */
export const CATALOGUE_SEED = 1_502;

/** More names than a category has products, so that none occurs twice in one. */
// prettier-ignore
const MODELS = [
  'Aria', 'Birch', 'Calla', 'Delta', 'Ember', 'Fjord', 'Gale', 'Heron', 'Isla', 'Juniper', 'Kaya', 'Linde', 'Mistral',
  'Nova', 'Onda', 'Piper', 'Quarry', 'Ronja', 'Sable', 'Terra', 'Umbra', 'Vela', 'Wren', 'Ysolt', 'Zephyr', 'Alba',
  'Bruma', 'Corvo', 'Dune', 'Esker', 'Falk', 'Grove', 'Hollis', 'Iris', 'Jura', 'Kelp', 'Lagan', 'Moor', 'Nido', 'Orla',
];

/** Releases lie before every review and every order. */
const FIRST_RELEASE = Date.UTC(2019, 0, 7);
const RELEASE_DAYS = 6 * 365;
const DAY_MS = 86_400_000;

/** The shop's products, by id. The same seed gives the same products everywhere. */
export function createCatalogue(seed: number): readonly Product[] {
  const rng = createSeededRng(seed);
  const shelves = CATEGORIES.map((plan) => ({ plan, models: shuffled(MODELS, rng) }));
  return Array.from({ length: PRODUCTS }, (_, index) => {
    // Neighbouring ids are of different categories, so that any page of them is a mixture.
    const shelf = at(shelves, index % shelves.length);
    const place = Math.floor(index / shelves.length);
    return createProduct(`${index + 1}`, shelf.plan, at(shelf.models, place), place, rng);
  });
}

function createProduct(id: string, plan: CategoryPlan, model: string, place: number, rng: Rng): Product {
  const kind = at(plan.kinds, place % plan.kinds.length);
  const [first, second] = shuffled(plan.features, rng);
  assert(first !== undefined && second !== undefined, 'a category has at least two features');
  return {
    id,
    name: `${model} ${kind.name}`,
    description: `${kind.purpose} ${first.text} ${second.text}`,
    category: plan.name,
    brand: at(plan.brands, rng.below(plan.brands.length)),
    priceMinor: priceOf(kind, rng),
    releasedAt: epochMillis(FIRST_RELEASE + rng.below(RELEASE_DAYS) * DAY_MS),
    tags: [...kind.tags, first.tag, second.tag],
  };
}

/** Whole euros less a little, as shops do: 24.99, 89.90, 249.00. */
function priceOf({ from, to }: ProductKind, rng: Rng): number {
  const euros = from + rng.below(to - from + 1);
  if (euros >= 200) return euros * 100;
  return euros * 100 - (euros < 50 ? 1 : 10);
}

function shuffled<Item>(items: readonly Item[], rng: Rng): readonly Item[] {
  return items
    .map((item) => ({ item, order: rng.float() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  assert(item !== undefined, `there is an item ${index}`);
  return item;
}
