import type { Clock, Timer } from '@portolan/kernel';
import type { Watcher } from './watcher.ts';

/**
 * Watchers told in the turn in which something was applied. More: whoever waits for the answer waits for them too, some microseconds for
 * each; fewer: more are told a millisecond later.
 */
export const WOKEN_AT_ONCE = 256;

/** Of those behind them, so many in a turn: answers, reads and heartbeats go in between. */
const WOKEN_PER_SLICE = 1_000;

/** Wakes those that have something to read: few at once, of many most when others have had their turn. Late or not, each reads all. */
export class WakeUps {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #late: Watcher[] = [];
  #wokenInTurn = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wake = () => {
      this.#wakeSlice();
    };
  }

  /** Hot path: each watcher that waits and has something to read. */
  add(watcher: Watcher): void {
    if (this.#wokenInTurn < WOKEN_AT_ONCE && this.#timer === undefined) {
      if (this.#wokenInTurn === 0) void this.#turnEnds();
      this.#wokenInTurn += 1;
      watcher.wakeUp();
      return;
    }
    this.#late.push(watcher);
    this.#timer ??= this.#clock.after(0, this.#wake);
  }

  /** Whoever is late is woken by who closes. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#late = [];
  }

  async #turnEnds(): Promise<void> {
    await Promise.resolve();
    this.#wokenInTurn = 0;
  }

  #wakeSlice(): void {
    const slice = this.#late.splice(0, WOKEN_PER_SLICE);
    this.#timer = this.#late.length === 0 ? undefined : this.#clock.after(0, this.#wake);
    for (const watcher of slice) watcher.wakeUp();
  }
}
