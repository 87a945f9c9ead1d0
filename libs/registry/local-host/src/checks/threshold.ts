import type { Health } from '@portolan/catalog';

export interface Thresholds {
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Turns results into a status: one that fails once in a while stays what it is. */
export class Threshold {
  readonly #limits: Thresholds;
  #last: Health | undefined;
  #inARow = 0;

  constructor(limits: Thresholds) {
    this.#limits = limits;
  }

  /** @returns the status from now on */
  next(status: Health, result: Health): Health {
    // A warning and a critical result are failures in one row.
    const same = this.#last !== undefined && (this.#last === 'passing') === (result === 'passing');
    this.#inARow = same ? this.#inARow + 1 : 1;
    this.#last = result;
    const needed = result === 'passing' ? this.#limits.successThreshold : this.#limits.failureThreshold;
    return this.#inARow >= needed ? result : status;
  }
}
