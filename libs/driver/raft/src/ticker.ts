import type { Clock, Timer } from '@portolan/kernel';

export interface TickerOptions {
  readonly clock: Clock;
  readonly tickMs: number;
  /** For so long others wait for a member that does nothing. */
  readonly electionTimeoutMs: number;
  readonly onTick: () => void;
}

/** Ticks at a steady rate, and knows when it could not: the process was stopped, or busy for as long. */
export class Ticker {
  readonly #options: TickerOptions;
  #timer: Timer | undefined = undefined;
  #tickedAt: number;

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#tickedAt = options.clock.now();
    this.#await();
  }

  /** Whether the next tick is late by an election timeout or more: true once for each such pause, for whoever notices it first. */
  noticePause(now: number): boolean {
    const { tickMs, electionTimeoutMs } = this.#options;
    if (now - this.#tickedAt < tickMs + electionTimeoutMs) return false;
    this.#tickedAt = now;
    return true;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #await(): void {
    const { clock, tickMs, onTick } = this.#options;
    this.#timer = clock.after(tickMs, () => {
      this.#await();
      onTick();
      this.#tickedAt = clock.now();
    });
  }
}
