import type { Clock, Millis } from '@portolan/kernel';
import { cancellationOf, type CallOptions } from '@portolan/rpc';

/** What one call may wait: its deadline, its timeout from its first attempt on, its signal. */
export class CallTime {
  readonly #clock: Clock;
  readonly #options: CallOptions;
  readonly #begun: Millis;

  constructor(clock: Clock, options: CallOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#begun = clock.now();
  }

  /** The caller's signal is aborted. */
  get givenUp(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Infinity without a deadline. */
  leftMs(): number {
    const { deadline, timeoutMs } = this.#options;
    return Math.min(
      timeoutMs === undefined ? Infinity : timeoutMs - (this.#clock.now() - this.#begun),
      deadline === undefined ? Infinity : deadline - this.#clock.epoch(),
    );
  }

  /** For an attempt that begins now: the timeout counts from the first one. */
  options(): CallOptions {
    const { timeoutMs } = this.#options;
    const passedMs = this.#clock.now() - this.#begun;
    return timeoutMs === undefined || passedMs === 0
      ? this.#options
      : { ...this.#options, timeoutMs: timeoutMs - passedMs };
  }

  /**
   * Waits before anything is sent. `work` is given a signal to reject with.
   * @param ms at most; Infinity: as long as `work` takes
   * @throws RpcError of kind `deadline` or `cancelled` when `ms` have passed or the caller gave up
   */
  async within<Result>(ms: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { signal } = this.#options;
    const over = new AbortController();
    const giveUp = (): void => {
      over.abort(signal?.reason);
    };
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer =
      ms === Infinity
        ? undefined
        : this.#clock.after(ms, () => {
            over.abort(new DOMException('the deadline has passed', 'TimeoutError'));
          });
    try {
      return await work(over.signal);
    } catch (error) {
      throw over.signal.aborted ? cancellationOf(over.signal.reason, false) : error;
    } finally {
      timer?.cancel();
      signal?.removeEventListener('abort', giveUp);
    }
  }
}
