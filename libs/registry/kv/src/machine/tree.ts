import sorted from 'sorted-btree';
import type { Key } from '../key.ts';
import type { KeyRange } from '../key-range.ts';
import type { KeyValue } from '../key-value.ts';

/** Keys in order. `clone()` is O(1): both copies share nodes, and whoever writes next copies the path it touches. */
export type Tree = sorted.default<Key, KeyValue>;

/** Faster than the library's default, which has to tell types apart. */
function compareKeys(a: Key, b: Key): number {
  return a > b ? 1 : a < b ? -1 : 0;
}

export function createTree(): Tree {
  return new sorted.default<Key, KeyValue>(undefined, compareKeys);
}

const STOP = { break: 0 };

/** Visits the keys of a range in order until `visit` answers false. */
export function scan(tree: Tree, range: KeyRange, visit: (keyValue: KeyValue) => boolean): void {
  if (range.kind === 'one') {
    const found = tree.get(range.key);
    if (found !== undefined) visit(found);
    return;
  }
  const high = highOf(tree, range);
  if (high === undefined) return;
  tree.forRange(range.key, high, range.kind === 'from', (_key, keyValue) => (visit(keyValue) ? undefined : STOP));
}

export function countKeys(tree: Tree, range: KeyRange): number {
  if (range.kind === 'one') return tree.has(range.key) ? 1 : 0;
  const high = highOf(tree, range);
  return high === undefined ? 0 : tree.forRange(range.key, high, range.kind === 'from');
}

/** @returns undefined when the range is empty: the library counts backwards from a `low` above `high` */
function highOf(tree: Tree, range: Exclude<KeyRange, { readonly kind: 'one' }>): Key | undefined {
  const high = range.kind === 'until' ? range.end : tree.maxKey();
  return high === undefined || high < range.key ? undefined : high;
}
