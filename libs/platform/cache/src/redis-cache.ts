import { assert } from '@portolan/kernel';
import type { Cache } from './cache.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Keeps texts in Redis, for all instances together. Redis's own `maxmemory-policy` says what gives way. */
export function createRedisCache(connection: RedisConnection, prefix: string): Cache {
  return {
    get: async (key) => (await connection.attempt((client) => client.get(prefix + key))) ?? undefined,
    set: async (key, text, ttlMs) => {
      assert(ttlMs > 0, 'what is kept has a life');
      await connection.attempt((client) => client.set(prefix + key, text, 'PX', Math.ceil(ttlMs)));
    },
    delete: async (key) => {
      await connection.attempt((client) => client.del(prefix + key));
    },
  };
}
