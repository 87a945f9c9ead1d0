import type { Clock } from '@portolan/kernel';

/** A piece of work that is waited for, in the order of their beginnings. */
interface Waiting {
  readonly dueAt: number;
  readonly giveUp: () => void;
  before: Waiting | undefined;
  after: Waiting | undefined;
}

/**
 * Gives up what takes longer than one limit. Hot path: each request. All have the same limit, so who began first is due first, and one timer
 * serves all of them: a signal with a timer for each was a tenth of what a request cost.
 */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #late: () => Error;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #isTimed = false;

  /** @param late what is thrown instead of waiting on */
  constructor(clock: Clock, limitMs: number, late: () => Error) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#late = late;
  }

  /** Settles as `work` does, or rejects when it is late; it may go on all the same. */
  within<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#add(() => {
        reject(this.#late());
      });
      work.then(
        (result) => {
          this.#remove(waiting);
          resolve(result);
        },
        (error: unknown) => {
          this.#remove(waiting);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  #add(giveUp: () => void): Waiting {
    const waiting: Waiting = {
      dueAt: this.#clock.now() + this.#limitMs,
      giveUp,
      before: this.#last,
      after: undefined,
    };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    if (!this.#isTimed) this.#lookAfter(this.#limitMs);
    return waiting;
  }

  #remove(waiting: Waiting): void {
    const { before, after } = waiting;
    if (before !== undefined) before.after = after;
    else if (this.#first === waiting) this.#first = after;
    if (after !== undefined) after.before = before;
    else if (this.#last === waiting) this.#last = before;
  }

  /** The timer is not moved with each request: it looks who is due, and again when the next one may be. */
  readonly #look = (): void => {
    this.#isTimed = false;
    const now = this.#clock.now();
    for (let first = this.#first; first !== undefined && first.dueAt <= now; first = this.#first) {
      this.#remove(first);
      first.giveUp();
    }
    if (this.#first !== undefined) this.#lookAfter(Math.max(1, this.#first.dueAt - now));
  };

  #lookAfter(delayMs: number): void {
    this.#isTimed = true;
    this.#clock.after(delayMs, this.#look);
  }
}
