import { FROM_KEY, prefixEnd, type Key } from './key.ts';

/** Which keys a read, a deletion, a comparison or a watch is about. */
export type KeyRange =
  | { readonly kind: 'one'; readonly key: Key }
  /** `key` and every key after it. */
  | { readonly kind: 'from'; readonly key: Key }
  /** From `key` on, below `end`. Empty, not an error, when `end` ≤ `key`. */
  | { readonly kind: 'until'; readonly key: Key; readonly end: Key };

export const oneKey = (key: Key): KeyRange => ({ kind: 'one', key });
export const keysFrom = (key: Key): KeyRange => ({ kind: 'from', key });
export const keysBetween = (key: Key, end: Key): KeyRange => ({ kind: 'until', key, end });

/** Every key that starts with `key`; all keys when it is empty. */
export function keysWithPrefix(key: Key): KeyRange {
  const end = prefixEnd(key);
  return end === FROM_KEY ? { kind: 'from', key } : { kind: 'until', key, end };
}

/** Hot path: once per event and watched range. */
export function rangeIncludes(range: KeyRange, key: Key): boolean {
  if (range.kind === 'one') return key === range.key;
  if (key < range.key) return false;
  return range.kind === 'from' || key < range.end;
}

/** Whether some key may be in both. */
export function rangesOverlap(a: KeyRange, b: KeyRange): boolean {
  if (a.kind === 'one') return rangeIncludes(b, a.key);
  if (b.kind === 'one') return rangeIncludes(a, b.key);
  const low = a.key > b.key ? a.key : b.key;
  return rangeIncludes(a, low) && rangeIncludes(b, low);
}
