import type { Key } from '../key.ts';
import { rangeIncludes, type KeyRange } from '../key-range.ts';
import type { Change } from '../machine/change.ts';
import type { Watcher } from './watcher.ts';

interface Group {
  readonly keys: KeyRange;
  readonly watchers: Set<Watcher>;
}

/**
 * The watchers of one keyspace, found by the key that changed: those of one key in a Map, those of ranges in one group
 * per distinct range, because a hundred clients of a service watch the same prefix. O(distinct ranges) per event.
 */
export class WatchIndex {
  readonly #byKey = new Map<Key, Set<Watcher>>();
  readonly #byRange = new Map<string, Group>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0 && this.#byRange.size === 0;
  }

  add(watcher: Watcher): void {
    const { keys } = watcher.request;
    if (keys.kind === 'one') {
      const watchers = this.#byKey.get(keys.key) ?? new Set();
      this.#byKey.set(keys.key, watchers.add(watcher));
      return;
    }
    const id = rangeId(keys);
    const group = this.#byRange.get(id) ?? { keys, watchers: new Set() };
    group.watchers.add(watcher);
    this.#byRange.set(id, group);
  }

  delete(watcher: Watcher): void {
    const { keys } = watcher.request;
    if (keys.kind === 'one') {
      const watchers = this.#byKey.get(keys.key);
      watchers?.delete(watcher);
      if (watchers?.size === 0) this.#byKey.delete(keys.key);
      return;
    }
    const id = rangeId(keys);
    const group = this.#byRange.get(id);
    group?.watchers.delete(watcher);
    if (group?.watchers.size === 0) this.#byRange.delete(id);
  }

  /** Hot path: once per change. */
  notice(change: Change): void {
    for (const changed of change.events) {
      const { event } = changed;
      const key = event.kind === 'put' ? event.keyValue.key : event.key;
      const watchers = this.#byKey.get(key);
      if (watchers !== undefined) for (const watcher of watchers) watcher.notice(change, changed);
      for (const group of this.#byRange.values()) {
        if (rangeIncludes(group.keys, key)) for (const watcher of group.watchers) watcher.notice(change, changed);
      }
    }
  }
}

function rangeId(keys: KeyRange): string {
  return JSON.stringify(keys.kind === 'until' ? [keys.key, keys.end] : [keys.key]);
}
