import type { Clock } from '@portolan/kernel';

/** A piece of work that is waited for, in the order of their beginnings. Only the limit writes its fields. */
export interface Waiting {
  dueAt: number;
  before: Waiting | undefined;
  after: Waiting | undefined;
  /** It is late, and waited for no longer. */
  giveUp(reason: Error): void;
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
      const waiting: Waiting = { dueAt: 0, before: undefined, after: undefined, giveUp: reject };
      this.begin(waiting);
      work.then(
        (result) => {
          this.end(waiting);
          resolve(result);
        },
        (error: unknown) => {
          this.end(waiting);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** The same for whoever is told without a promise. It is given up once at most, and not after `end`. */
  begin(waiting: Waiting): void {
    waiting.dueAt = this.#clock.now() + this.#limitMs;
    waiting.before = this.#last;
    waiting.after = undefined;
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    if (!this.#isTimed) this.#lookAfter(this.#limitMs);
  }

  /** Of one that has begun and was not given up. */
  end(waiting: Waiting): void {
    const { before, after } = waiting;
    if (before !== undefined) before.after = after;
    else if (this.#first === waiting) this.#first = after;
    if (after !== undefined) after.before = before;
    else if (this.#last === waiting) this.#last = before;
    waiting.before = undefined;
    waiting.after = undefined;
  }

  /** The timer is not moved with each request: it looks who is due, and again when the next one may be. */
  readonly #look = (): void => {
    this.#isTimed = false;
    const now = this.#clock.now();
    for (let first = this.#first; first !== undefined && first.dueAt <= now; first = this.#first) {
      this.end(first);
      first.giveUp(this.#late());
    }
    if (this.#first !== undefined) this.#lookAfter(Math.max(1, this.#first.dueAt - now));
  };

  #lookAfter(delayMs: number): void {
    this.#isTimed = true;
    this.#clock.after(delayMs, this.#look);
  }
}
