import type { Rng } from '@portolan/kernel';

export interface BackoffOptions {
  /** Bound of the first delay, ms. */
  readonly baseMs: number;
  /** Bound of every delay, ms. */
  readonly maxMs: number;
  /** Growth of the bound from one attempt to the next. */
  readonly factor: number;
}

/**
 * How long to wait before trying again: anything from 0 to `min(maxMs, baseMs · factor^attempt)`. Full jitter spreads a
 * crowd that failed together better than any smaller amount (Brooker, "Exponential Backoff And Jitter", 2015).
 * @param attempt failures so far, less one: 0 after the first
 * @returns milliseconds
 */
export function backoff(options: BackoffOptions, attempt: number, rng: Rng): number {
  return rng.float() * Math.min(options.maxMs, options.baseMs * options.factor ** attempt);
}
