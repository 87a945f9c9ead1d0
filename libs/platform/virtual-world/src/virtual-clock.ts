import { assert, epochMillis, millis, type Clock, type EpochMillis, type Millis, type Timer } from '@portolan/kernel';

interface Scheduled {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #epochAtZero: number;
  #now = 0;
  #sequence = 0;
  readonly #scheduled = new Set<Scheduled>();

  /** @param epochAtZero calendar time at the start, ms since the epoch */
  constructor(epochAtZero = Date.UTC(2026, 0, 1)) {
    this.#epochAtZero = epochAtZero;
  }

  now(): Millis {
    return millis(this.#now);
  }

  epoch(): EpochMillis {
    return epochMillis(this.#epochAtZero + this.#now);
  }

  after(delayMs: number, callback: () => void): Timer {
    const scheduled: Scheduled = {
      at: this.#now + Math.max(0, delayMs),
      sequence: (this.#sequence += 1),
      callback,
    };
    this.#scheduled.add(scheduled);
    return {
      cancel: () => {
        this.#scheduled.delete(scheduled);
      },
    };
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /**
   * Moves time forward by `durationMs`, firing what falls due in order, timers that timers set included.
   * Between two firings every promise that can settle does, so that `await`s in the code under test run at their own time.
   */
  async advance(durationMs: number): Promise<void> {
    assert(durationMs >= 0, 'time does not run backwards');
    const end = this.#now + durationMs;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#scheduled.delete(next);
      this.#now = next.at;
      next.callback();
      await settled();
    }
    this.#now = end;
  }

  #next(end: number): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const scheduled of this.#scheduled) {
      if (scheduled.at > end) continue;
      if (first === undefined || scheduled.at < first.at) first = scheduled;
      else if (scheduled.at === first.at && scheduled.sequence < first.sequence) first = scheduled;
    }
    return first;
  }
}

/** One turn of the real event loop: by then every chain of resolved promises has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
