import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { RedisConnection } from './redis-connection.ts';

/** What a caller may do in one window. */
export interface RateLimit {
  /** Calls in one window. */
  readonly limit: number;
  readonly windowSeconds: number;
}

export type Verdict = RateLimit & {
  readonly allowed: boolean;
  /** Calls left in this window. */
  readonly remaining: number;
  /** Until the window ends, in ms. */
  readonly resetMs: number;
};

/** Counts calls by who makes them, in fixed windows that begin with the first call. */
export interface RateLimiter {
  take(caller: string): Promise<Verdict>;
}

/**
 * With a connection the count is that of all instances together. While the server is away each instance counts by itself: a
 * caller may then do as much at each of them, and nobody is refused for the server's sake.
 */
export function createRateLimiter(
  { limit, windowSeconds }: RateLimit,
  redis?: { readonly connection: RedisConnection; readonly prefix: string },
): RateLimiter {
  const rate = { points: limit, duration: windowSeconds };
  const alone = new RateLimiterMemory(rate);
  const verdictOf = ({ consumedPoints, remainingPoints, msBeforeNext }: RateLimiterRes): Verdict => ({
    limit,
    windowSeconds,
    allowed: consumedPoints <= limit,
    remaining: Math.max(0, remainingPoints),
    resetMs: Math.max(0, msBeforeNext),
  });
  const take = async (limiter: RateLimiterAbstract, caller: string): Promise<Verdict> => {
    try {
      return verdictOf(await limiter.consume(caller));
    } catch (refusal) {
      // A refusal is thrown, and is no error.
      if (refusal instanceof RateLimiterRes) return verdictOf(refusal);
      throw refusal;
    }
  };
  if (redis === undefined) return { take: (caller) => take(alone, caller) };
  const { connection, prefix } = redis;
  const together = new RateLimiterRedis({ ...rate, storeClient: connection.client, keyPrefix: prefix });
  return {
    take: async (caller) => (await connection.attempt(() => take(together, caller))) ?? (await take(alone, caller)),
  };
}
