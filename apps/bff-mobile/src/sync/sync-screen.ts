import type { Cache } from '@portolan/cache';
import { ProductOrder, type Product } from '@portolan/contracts/products';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { withMissing, type PartScope, type ShopServices } from '@portolan/shop';
import { z } from 'zod';
import { fieldsParameter } from '../edge/fields.ts';
import { cardsOf } from '../screens/cards.ts';
import { defineScreen, type Screen } from '../screens/screen.ts';
import { cardListShape, cardView, currencyOf } from '../views/card.ts';
import { deltaOf, snapshotOf, tokenOf, type Snapshot } from './delta.ts';

/** A phone that was off for longer begins again. */
const SNAPSHOT_TTL_MS = 7 * 24 * 3_600_000;
/** A snapshot of as many has 200 KB. More: apps should search instead. */
export const CATALOGUE_MAX = 5_000;
const PAGE = 100;

/** There are more products than an app keeps. */
export class CatalogueTooLargeError extends PortolanError {
  readonly code = 'BFF_MOBILE_CATALOGUE_TOO_LARGE';
  readonly kind: ErrorKind = 'exhausted';
}

const syncView = z
  .strictObject({
    ...cardListShape,
    items: cardListShape.items.describe('New and changed products, whole.'),
    gone: z.array(z.string()).describe('Tombstones: ids of products that are no longer sold.'),
    reset: z.boolean().describe('Forget everything before: `items` is all there is.'),
    token: z
      .string()
      .describe(
        'Give it as `since` next time. Not there when an answer from nothing is partial: ask from nothing again.',
      )
      .optional(),
  })
  .meta({ id: 'Sync' });

const snapshotSchema = z.record(z.string(), z.tuple([z.string(), z.string()]).readonly());

const keyOf = (token: string): string => `snapshot/${token}`;

/**
 * What has changed since an app last asked. A token is the name of what the app has, not of a time: it is good at every instance,
 * and one that nobody remembers costs a whole answer, nothing else.
 */
export const createSyncScreen = (cache: Cache): Screen =>
  defineScreen({
    path: '/sync',
    operationId: 'syncCatalogue',
    summary: 'The catalogue, or what changed of it since the last time.',
    audience: 'catalogue',
    query: z.strictObject({
      since: z
        .string('may be given only once')
        .regex(/^[\w-]{22}$/, 'is no token of an earlier answer')
        .optional()
        .describe('`token` of the answer before. Absent: everything.'),
      fields: fieldsParameter,
    }),
    view: syncView,
    fieldsOf: 'items',
    fields: Object.keys(cardView.shape),
    load: async ({ services, scope, query: { since } }): Promise<z.infer<typeof syncView>> => {
      const [products, before] = await Promise.all([allProducts(services, scope), snapshotCalled(cache, since)]);
      const cards = await cardsOf(services, scope, products);
      const complete = scope.missing.length === 0;
      const { items, gone } = deltaOf(before ?? {}, cards, complete);
      const token = complete ? await keep(cache, snapshotOf(cards)) : before && since;
      return {
        currency: currencyOf(products),
        reset: before === undefined,
        items: [...items],
        gone: [...gone],
        ...(token !== undefined && { token }),
        ...withMissing(scope.missing),
      };
    },
  });

async function allProducts({ products }: ShopServices, scope: PartScope): Promise<readonly Product[]> {
  const all: Product[] = [];
  let pageToken = '';
  do {
    const request = { text: '', category: '', order: ProductOrder.NAME, pageSize: PAGE, pageToken };
    const page = await scope.required('products', (options) => products.searchProducts(request, options));
    if (page.total > CATALOGUE_MAX) {
      throw new CatalogueTooLargeError(`${page.total} products are more than an app keeps (${CATALOGUE_MAX})`, {
        fix: 'search and list instead',
      });
    }
    all.push(...page.products);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && all.length <= CATALOGUE_MAX);
  return all;
}

/** @returns undefined when nobody remembers it */
async function snapshotCalled(cache: Cache, token: string | undefined): Promise<Snapshot | undefined> {
  const text = token === undefined ? undefined : await cache.get(keyOf(token));
  if (text === undefined) return undefined;
  // What another version kept is remembered by nobody.
  return snapshotSchema.safeParse(JSON.parse(text)).data;
}

async function keep(cache: Cache, snapshot: Snapshot): Promise<string> {
  const token = tokenOf(snapshot);
  await cache.set(keyOf(token), JSON.stringify(snapshot), SNAPSHOT_TTL_MS);
  return token;
}
