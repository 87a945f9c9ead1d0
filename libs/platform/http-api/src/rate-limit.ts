import type { RateLimiter } from '@portolan/cache';
import type { Request, RequestHandler } from 'express';
import { RateLimitedError } from './problem/http-error.ts';

/** Gateways and balancers of the same host or network, whose word about the client's address is believed. */
export const TRUSTED_PROXIES = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * Lets each client make so many requests in a while, and says how many are left (draft-ietf-httpapi-ratelimit-headers).
 * The app has to trust the proxies before it (`app.set('trust proxy', TRUSTED_PROXIES)`): else they all are one client.
 */
export function rateLimit(limiter: RateLimiter): RequestHandler {
  return async (request, response, next) => {
    const { allowed, limit, windowSeconds, remaining, resetMs } = await limiter.take(clientOf(request));
    const resetSeconds = Math.ceil(resetMs / 1_000);
    response.set('RateLimit-Policy', `"client";q=${limit};w=${windowSeconds}`);
    response.set('RateLimit', `"client";r=${remaining};t=${resetSeconds}`);
    if (allowed) {
      next();
      return;
    }
    throw new RateLimitedError(`more than ${limit} requests in ${windowSeconds} s`, {
      fix: 'wait for the seconds in Retry-After',
      headers: { 'Retry-After': String(Math.max(1, resetSeconds)) },
    });
  };
}

/** An IPv6 client has 2^64 addresses: its network is what counts. */
function clientOf({ ip = 'unknown' }: Request): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address;
}
