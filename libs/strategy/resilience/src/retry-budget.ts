/** How many retries a caller may add to its traffic. */
export interface RetryBudget {
  /** A first attempt begins. */
  deposit(now: number): void;
  /** Takes one retry out of the budget; false: there is none left, do not retry. */
  tryWithdraw(now: number): boolean;
}

export interface RetryBudgetOptions {
  /** Retries per first attempt: 0.2 is one in five (Finagle's and Envoy's default). */
  readonly ratio: number;
  /** Retries per second that are always allowed, so that a quiet caller may retry at all. */
  readonly minPerSecond: number;
  /** How long a deposit counts, ms. */
  readonly windowMs: number;
}

export const RETRY_BUDGET_DEFAULTS: RetryBudgetOptions = { ratio: 0.2, minPerSecond: 10, windowMs: 10_000 };

/** A window is kept in this many slices: memory stays constant, and deposits leave it in steps of a tenth. */
const SLICES = 10;

/**
 * A budget over a sliding window (Finagle's `RetryBudget`): retries may add at most `ratio` to the first attempts of the
 * last `windowMs`, plus `minPerSecond`. A retry storm ends here, whatever fails.
 */
export function createRetryBudget(options: Partial<RetryBudgetOptions> = {}): RetryBudget {
  const { ratio, minPerSecond, windowMs } = { ...RETRY_BUDGET_DEFAULTS, ...options };
  const sliceMs = windowMs / SLICES;
  const reserve = (minPerSecond * windowMs) / 1_000;
  const attempts = new Float64Array(SLICES);
  const retries = new Float64Array(SLICES);
  let current = 0;

  /** Empties the slices that have left the window, and returns the one of `now`. */
  const sliceAt = (now: number): number => {
    const slice = Math.floor(now / sliceMs);
    for (let passed = Math.min(slice - current, SLICES); passed > 0; passed -= 1) {
      attempts[(slice - passed + 1) % SLICES] = 0;
      retries[(slice - passed + 1) % SLICES] = 0;
    }
    current = Math.max(current, slice);
    return current % SLICES;
  };
  const sum = (slices: Float64Array): number => slices.reduce((total, value) => total + value, 0);

  return {
    deposit(now) {
      const slice = sliceAt(now);
      attempts[slice] = (attempts[slice] ?? 0) + 1;
    },
    tryWithdraw(now) {
      const slice = sliceAt(now);
      if (sum(retries) + 1 > sum(attempts) * ratio + reserve) return false;
      retries[slice] = (retries[slice] ?? 0) + 1;
      return true;
    },
  };
}
