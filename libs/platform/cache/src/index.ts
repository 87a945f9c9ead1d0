export type { Cache } from './cache.ts';
export { createMemoryCache, MEMORY_CHARACTERS_MAX } from './memory-cache.ts';
export { openCache, type CacheOptions, type OpenCache } from './open-cache.ts';
export { type RateLimit, type RateLimiter, type Verdict } from './rate-limiter.ts';
export { AWAY_MS, COMMAND_TIMEOUT_MS, type RedisLogger } from './redis-connection.ts';
