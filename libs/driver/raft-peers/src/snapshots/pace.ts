import type { Clock } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';

/** What may leave at once after a pause, ms of the rate. Lower: smoother, and more timers. */
const BURST_MS = 50;

/** Holds all that takes turns here to so many bytes a second. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  /** When all that was let through has had its time. */
  #paidAt = -Infinity;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Resolves when so many bytes may leave. @throws the signal's reason */
  async turn(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = this.#clock.now();
    this.#paidAt = Math.max(this.#paidAt, now - BURST_MS) + (bytes / this.#bytesPerSecond) * 1_000;
    if (this.#paidAt > now) await sleep(this.#clock, this.#paidAt - now, signal);
  }
}
