import { createHash } from 'node:crypto';
import type { CardView } from '../views/card.ts';

/** What a client has of one product: a mark of what the product itself says, and one of what other services say of it. */
export type Marks = readonly [own: string, others: string];

/** What a client has, by product id. */
export type Snapshot = Readonly<Record<string, Marks>>;

/** What a client has to do to have what is there now. */
export interface Delta {
  /** New and changed, whole. */
  readonly items: readonly CardView[];
  /** The ids of those that are gone: tombstones. */
  readonly gone: readonly string[];
}

const MARK_CHARACTERS = 8;

const markOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, MARK_CHARACTERS);

const marksOf = ({ id, name, price, stock, stars }: CardView): Marks => [markOf(id, name, price), markOf(stock, stars)];

export const snapshotOf = (cards: readonly CardView[]): Snapshot =>
  Object.fromEntries(cards.map((card) => [card.id, marksOf(card)]));

/**
 * From what a client has to what there is.
 * @param complete whether `cards` have everything that other services say: what they do not say now is not a change
 */
export function deltaOf(before: Snapshot, cards: readonly CardView[], complete: boolean): Delta {
  const items = cards.filter((card) => {
    const [own, others] = marksOf(card);
    const known = Object.hasOwn(before, card.id) ? before[card.id] : undefined;
    return known?.[0] !== own || (complete && known[1] !== others);
  });
  const there = new Set(cards.map(({ id }) => id));
  return { items, gone: Object.keys(before).filter((id) => !there.has(id)) };
}

/** The name of a snapshot: the same for the same content, whichever instance made it. */
export function tokenOf(snapshot: Snapshot): string {
  const entries = Object.entries(snapshot).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url').slice(0, 22);
}
