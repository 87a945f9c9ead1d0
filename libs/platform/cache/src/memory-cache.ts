import { assert, type Clock } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import type { Cache } from './cache.ts';

/** Of keys and texts together, in UTF-16 units. Full: what was not asked for longest gives way. */
export const MEMORY_CHARACTERS_MAX = 32 * 1024 * 1024;

/** Keeps texts in this process; other instances do not see them. */
export function createMemoryCache(clock: Pick<Clock, 'now'>, charactersMax = MEMORY_CHARACTERS_MAX): Cache {
  const entries = new LRUCache<string, string>({
    maxSize: charactersMax,
    sizeCalculation: (text, key) => Math.max(1, text.length + key.length),
    // Zero asks the clock each time, instead of arming a timer that outlives the question.
    ttlResolution: 0,
    // It takes a time of 0 for none.
    perf: { now: () => clock.now() + 1 },
  });
  return {
    get: async (key) => entries.get(key),
    set: async (key, text, ttlMs) => {
      assert(ttlMs > 0, 'what is kept has a life');
      entries.set(key, text, { ttl: ttlMs });
    },
    delete: async (key) => {
      entries.delete(key);
    },
  };
}
