import { assert, epochMillis, millis, type Clock, type EpochMillis, type Millis, type Timer } from '@portolan/kernel';
import { ScheduledTimer, TimerHeap } from './timer-heap.ts';

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #epochAtZero: number;
  #now = 0;
  #sequence = 0;
  readonly #timers = new TimerHeap();

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
    assert(!Number.isNaN(delayMs), 'a delay is a number');
    const timer = new ScheduledTimer(this.#now + Math.max(0, delayMs), (this.#sequence += 1), callback, this.#timers);
    this.#timers.add(timer);
    return timer;
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer fires; `undefined` when none is set. */
  get nextAt(): Millis | undefined {
    const first = this.#timers.first;
    return first && millis(first.at);
  }

  /**
   * Moves time forward by `durationMs`, firing what falls due in order, timers that timers set included.
   * Between two firings every promise that can settle does, so that `await`s in the code under test run at their own time.
   * @param look called after each firing, once everything has settled: to check what must always hold. It only looks;
   *   what it throws ends the advance at that moment
   */
  async advance(durationMs: number, look?: () => void): Promise<void> {
    assert(durationMs >= 0, 'time does not run backwards');
    const end = this.#now + durationMs;
    await settled();
    for (let next = this.#timers.first; next !== undefined && next.at <= end; next = this.#timers.first) {
      this.#fire(next);
      await settled();
      look?.();
    }
    this.#now = end;
  }

  /**
   * Fires the next timer alone, at its time, and lets everything settle.
   * @returns whether there was one; without one, time stands still
   */
  async step(): Promise<boolean> {
    await settled();
    const next = this.#timers.first;
    if (next === undefined) return false;
    this.#fire(next);
    await settled();
    return true;
  }

  #fire(timer: ScheduledTimer): void {
    timer.cancel();
    this.#now = timer.at;
    timer.callback();
  }
}

/**
 * One turn of the real event loop: by then every chain of resolved promises has run, however long. It costs about a
 * microsecond, which no count of `await`s could undercut: nobody knows how long the longest chain is.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
