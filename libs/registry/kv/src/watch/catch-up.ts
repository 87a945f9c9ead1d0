import { revision } from '../ids.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import { WatchIndex } from './watch-index.ts';
import { PLACES_MAX, type Watcher } from './watcher.ts';

/**
 * Watchers of one keyspace that have to notice what is in its history already. They look through it together: O(history + what they
 * find), where each by itself would make it watchers × history.
 */
export class CatchUp {
  readonly #watchers = new Set<Watcher>();

  get isEmpty(): boolean {
    return this.#watchers.size === 0;
  }

  has(watcher: Watcher): boolean {
    return this.#watchers.has(watcher);
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** All of them notice, each from its own revision on, or learn that history does not reach back so far. Then there is nobody. */
  run({ history, floor }: KeyspaceState): void {
    const looking = new WatchIndex();
    let from = Number.MAX_SAFE_INTEGER;
    for (const watcher of this.#watchers) {
      if (watcher.from < floor) watcher.lose();
      else {
        looking.add(watcher);
        from = Math.min(from, watcher.from);
      }
    }
    const first = history.position(revision(from));
    let sweepAt = PLACES_MAX;
    for (let position = first; position < history.length && !looking.isEmpty; position += 1) {
      looking.notice(history.at(position));
      if (position - first + 1 < sweepAt) continue;
      // Ever more rarely, so that it costs no more than what it is to save.
      for (const watcher of this.#watchers) if (watcher.isFull) looking.delete(watcher);
      sweepAt *= 2;
    }
    this.#watchers.clear();
  }
}
