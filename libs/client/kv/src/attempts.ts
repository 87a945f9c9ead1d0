import { PortolanError, type Clock, type Rng } from '@portolan/kernel';
import { restoreKvError } from '@portolan/kv/wire';
import { backoff, createRetryBudget, type BackoffOptions, type RetryBudget } from '@portolan/resilience';
import { RpcError } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';

/** Quick after a blip, at most once a second when the registry stays away. */
export const BACKOFF: BackoffOptions = { baseMs: 50, maxMs: 1_000, factor: 2 };

export interface AttemptsOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** For all attempts of one request together. */
  readonly timeoutMs: number;
  /** A request is not sent again later than this after its first attempt. Default: `timeoutMs`. */
  readonly retryMs?: number;
}

/** How a call may go on. `signal` and the time left are to be passed to it. */
export interface Attempt {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The typed error of the store behind what a channel threw. */
export function typedError(error: unknown): unknown {
  return error instanceof RpcError ? (restoreKvError(error) ?? error) : error;
}

/** Whether the server may have begun what failed. */
export function mayHaveReached(error: unknown): boolean {
  return !(error instanceof RpcError) || error.reachedServer;
}

/** Runs requests, and runs them again while the registry is unavailable: inside the request's time and a budget for all of them. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #budget: RetryBudget = createRetryBudget();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /**
   * @param repeatable `always`: doing it twice does no more than once; `unsent`: only when it is certain that the server did not begin
   * @throws the store's typed error, an RpcError, or the signal's reason
   */
  async run<Value>(
    repeatable: 'always' | 'unsent',
    signal: AbortSignal | undefined,
    call: (attempt: Attempt) => Promise<Value>,
  ): Promise<Value> {
    const { clock, rng, timeoutMs, retryMs = timeoutMs } = this.#options;
    const begun = clock.now();
    const deadline = begun + timeoutMs;
    const lastRetry = begun + Math.min(retryMs, timeoutMs);
    this.#budget.deposit(clock.now());
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call({ timeoutMs: deadline - clock.now(), ...(signal !== undefined && { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        const typed = typedError(error);
        const again = repeatable === 'always' || !mayHaveReached(error);
        if (!again || !(typed instanceof PortolanError) || typed.kind !== 'unavailable') throw typed;
        const delayMs = backoff(BACKOFF, attempt, rng);
        if (clock.now() + delayMs >= lastRetry || !this.#budget.tryWithdraw(clock.now())) throw typed;
        await sleep(clock, delayMs, signal ?? NEVER);
      }
    }
  }
}

const NEVER = new AbortController().signal;
