import type { Timer } from '@portolan/kernel';

/** A callback in a heap. `place` is where it is there; −1: fired or cancelled. */
export class ScheduledTimer implements Timer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
  place = -1;
  readonly #heap: TimerHeap;

  constructor(at: number, sequence: number, callback: () => void, heap: TimerHeap) {
    this.at = at;
    this.sequence = sequence;
    this.callback = callback;
    this.#heap = heap;
  }

  cancel(): void {
    this.#heap.remove(this);
  }
}

/**
 * Hot path: every timer, message and disk operation of a simulation passes here. A binary heap by time, then by sequence;
 * each timer knows its place, so that a cancelled one leaves at once: Raft resets its election timer with every heartbeat.
 */
export class TimerHeap {
  readonly #timers: ScheduledTimer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  get first(): ScheduledTimer | undefined {
    return this.#timers[0];
  }

  add(timer: ScheduledTimer): void {
    this.#timers.push(timer);
    this.#rise(timer, this.#timers.length - 1);
  }

  /** One that is not in the heap any more is no error. */
  remove(timer: ScheduledTimer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#timers.pop();
    if (last === undefined || last === timer) return;
    // The last one takes the free place, and may belong above or below it.
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #rise(timer: ScheduledTimer, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#timers[above];
      if (parent === undefined || isBefore(parent, timer)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(timer, place);
  }

  #sink(timer: ScheduledTimer, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#timers[2 * place + 1];
      const right = this.#timers[2 * place + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(timer, child)) break;
      const below = child.place;
      this.#put(child, place);
      place = below;
    }
    this.#put(timer, place);
  }

  #put(timer: ScheduledTimer, place: number): void {
    this.#timers[place] = timer;
    timer.place = place;
  }
}

function isBefore(one: ScheduledTimer, other: ScheduledTimer): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}
