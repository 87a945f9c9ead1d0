import { millis, type Clock, type EpochMillis, type Millis, type Timer } from '@portolan/kernel';
import type { HostTime } from './host-time.ts';

/** Calls back in the life that the clock belongs to: now, or once it runs again, or never. */
type Enter = (callback: () => void) => void;

/** The clock of one life of a host: zero at its start, at the rate of the host. Its timers end with it. */
export class LifeClock implements Clock {
  readonly #world: Clock;
  readonly #time: HostTime;
  readonly #enter: Enter;
  readonly #start: number;
  readonly #timers = new Set<LifeTimer>();
  #latest = 0;
  #ended = false;

  constructor(world: Clock, time: HostTime, enter: Enter) {
    this.#world = world;
    this.#time = time;
    this.#enter = enter;
    this.#start = time.elapsed();
  }

  now(): Millis {
    // Rounding at odd rates must neither turn time back, nor let a timer fire before it is due.
    this.#latest = Math.max(this.#latest, this.#time.elapsed() - this.#start);
    return millis(this.#latest);
  }

  epoch(): EpochMillis {
    return this.#time.epoch();
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = new LifeTimer(this.now() + Math.max(0, delayMs), callback, this.#timers);
    if (this.#ended) return timer;
    this.#timers.add(timer);
    this.#set(timer);
    return timer;
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** To be called when the rate of the host has changed: what is pending is due at another time of the world. */
  rateChanged(): void {
    for (const timer of this.#timers) {
      if (timer.isDue) continue;
      timer.inWorld?.cancel();
      this.#set(timer);
    }
  }

  /** No timer fires any more, and none can be set. */
  end(): void {
    this.#ended = true;
    for (const timer of [...this.#timers]) timer.cancel();
  }

  #set(timer: LifeTimer): void {
    timer.inWorld = this.#world.after(this.#time.worldMs(timer.dueAt - this.now()), () => {
      timer.isDue = true;
      this.#enter(() => {
        // Paused when it fell due, it may have been cancelled since by what came before it.
        if (!this.#timers.delete(timer)) return;
        this.#latest = Math.max(this.#latest, timer.dueAt);
        timer.callback();
      });
    });
  }
}

class LifeTimer implements Timer {
  readonly dueAt: number;
  readonly callback: () => void;
  inWorld: Timer | undefined;
  isDue = false;
  readonly #pending: Set<LifeTimer>;

  constructor(dueAt: number, callback: () => void, pending: Set<LifeTimer>) {
    this.dueAt = dueAt;
    this.callback = callback;
    this.#pending = pending;
  }

  cancel(): void {
    this.inWorld?.cancel();
    this.#pending.delete(this);
  }
}
