import type { Clock, Rng } from '@portolan/kernel';
import { ConnectError } from './client-errors.ts';

/** A peer that restarts on the same address is back within this, and one that stays away costs a SYN every 2 s. */
export const RECONNECT_MS = 100;
export const RECONNECT_MS_MAX = 2_000;

/** When to try a server again that could not be reached. Attempts of one moment that fail together count as one. */
export class Reconnect {
  private readonly address: string;
  private readonly clock: Clock;
  private readonly rng: Rng;
  private failures = 0;
  private retryAt = -Infinity;
  private lastFailure: ConnectError | undefined;

  constructor(address: string, clock: Clock, rng: Rng) {
    this.address = address;
    this.clock = clock;
    this.rng = rng;
  }

  /** Why no attempt is to be made at this moment. */
  get failure(): ConnectError | undefined {
    return this.lastFailure !== undefined && this.clock.now() < this.retryAt ? this.lastFailure : undefined;
  }

  /** @returns what to tell those who wait */
  failed(cause: Error): ConnectError {
    const failure = new ConnectError(this.address, cause);
    const now = this.clock.now();
    if (now >= this.retryAt) {
      const backoffMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** this.failures);
      this.failures += 1;
      this.retryAt = now + backoffMs * (0.8 + 0.4 * this.rng.float());
    }
    this.lastFailure = failure;
    return failure;
  }

  succeeded(): void {
    this.failures = 0;
    this.retryAt = -Infinity;
    this.lastFailure = undefined;
  }
}
