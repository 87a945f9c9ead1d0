import type { Rng } from '@portolan/kernel';

/** How long something takes: evenly between two bounds, and now and then far longer. */
export interface Delay {
  readonly minMs: number;
  readonly maxMs: number;
  /** The share that takes longer than `maxMs`: a heavy tail. */
  readonly tailChance: number;
  /** What even the tail never exceeds. At least `maxMs` when `tailChance` is not 0. */
  readonly tailMaxMs: number;
}

/** Pareto's 80/20 exponent: half of the tail is within 1.8 × maxMs, one in a hundred beyond 50 × maxMs. */
const TAIL_EXPONENT = 1.16;

/** No time at all. */
export const AT_ONCE: Delay = { minMs: 0, maxMs: 0, tailChance: 0, tailMaxMs: 0 };

/** @returns milliseconds, in whole microseconds so that logs show them as they are */
export function drawDelay(delay: Delay, rng: Rng): number {
  const inTail = delay.tailChance > 0 && rng.float() < delay.tailChance;
  const ms = inTail
    ? Math.min(delay.tailMaxMs, delay.maxMs * (1 - rng.float()) ** (-1 / TAIL_EXPONENT))
    : delay.minMs + rng.float() * (delay.maxMs - delay.minMs);
  return Math.round(ms * 1_000) / 1_000;
}
