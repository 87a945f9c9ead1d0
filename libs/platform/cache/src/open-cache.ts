import type { Clock } from '@portolan/kernel';
import { Gauge, type Registry } from 'prom-client';
import type { Cache } from './cache.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limiter.ts';
import { createRedisCache } from './redis-cache.ts';
import { RedisConnection, type RedisLogger } from './redis-connection.ts';

export interface CacheOptions {
  /** Absent: in this process's memory. */
  readonly redisUrl?: string | undefined;
  /** Whose it is: apps that share a Redis do not see each other's. */
  readonly app: string;
  readonly clock: Clock;
  readonly logger: RedisLogger;
  readonly metrics?: Registry;
}

/** A cache, and limiters beside it, over one connection or none. Disposing closes the connection. */
export interface OpenCache extends AsyncDisposable {
  readonly cache: Cache;
  /** @param name of what is limited: limiters of one name share their counts */
  createRateLimiter(name: string, limit: RateLimit): RateLimiter;
}

/** Opens at once, whether Redis is there or not: it is used as soon as it is, and again when it has come back. */
export function openCache({ redisUrl, app, clock, logger, metrics }: CacheOptions): OpenCache {
  if (redisUrl === undefined) {
    return {
      cache: createMemoryCache(clock),
      createRateLimiter: (_name, limit) => createRateLimiter(limit),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const connection = new RedisConnection({ url: redisUrl, clock, logger });
  if (metrics !== undefined) {
    new Gauge({
      name: 'redis_available',
      help: '1 while Redis answers, 0 while this process does without.',
      registers: [metrics],
      collect() {
        this.set(connection.available ? 1 : 0);
      },
    });
  }
  return {
    cache: createRedisCache(connection, `portolan:${app}:cache:`),
    createRateLimiter: (name, limit) =>
      createRateLimiter(limit, { connection, prefix: `portolan:${app}:rate:${name}` }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
