export { describeCache, type CacheUnderTest } from './describe-cache.ts';
export { missingRedis, RedisServer } from './redis-server.ts';
