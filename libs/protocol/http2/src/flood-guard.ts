import { Budget } from './budget.ts';
import { Http2ConnectionError } from './connection-error.ts';
import { ERROR_CODE } from './frame.ts';
import type { Http2Limits } from './limits.ts';

/** Holds what the peer does against what it may waste; see `overheadFrames` and `resets` of the limits. */
export class FloodGuard {
  /** When the bytes were read that are being looked at, in ms. */
  now: number;
  private readonly overhead: Budget;
  private readonly resets: Budget;

  constructor(limits: Http2Limits, now: number) {
    this.now = now;
    this.overhead = new Budget(limits.overheadFrames, limits.overheadPerSecond, now);
    this.resets = new Budget(limits.resets, limits.resetsPerSecond, now);
  }

  /** A frame that carries nothing forward. @throws Http2ConnectionError past the limit */
  spendOverhead(): void {
    if (!this.overhead.spend(this.now)) {
      throw new Http2ConnectionError(ERROR_CODE.enhanceYourCalm, 'too many frames that carry nothing');
    }
  }

  /** A stream that was begun in vain. @throws Http2ConnectionError past the limit */
  spendReset(): void {
    if (!this.resets.spend(this.now)) {
      throw new Http2ConnectionError(ERROR_CODE.enhanceYourCalm, 'too many streams were begun and reset');
    }
  }

  /** A head or content came. */
  earnOverhead(): void {
    this.overhead.earn();
  }

  /** A stream ended well. */
  earnReset(): void {
    this.resets.earn();
  }
}
