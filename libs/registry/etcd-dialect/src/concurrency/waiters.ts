import { EtcdError } from '../etcd-error.ts';

/**
 * Calls of a server that wait for a lock or to be elected, all clients together. Whoever comes, or moves up, looks through its whole line,
 * a millisecond at this length; each holds a call, a key and a watch, about 10 KiB, for as long as it likes. Full: the next is refused
 * with `too many requests`, before it has a place; another member has room, and who waits by itself, as etcdctl does, needs none.
 */
export const WAITERS_MAX = 1_024;

/** Who waits at this server. */
export class Waiters {
  readonly #max: number;
  #count = 0;

  constructor(max = WAITERS_MAX) {
    this.#max = max;
  }

  /** @throws EtcdError when too many wait already */
  async whileWaiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    if (this.#count >= this.#max) throw new EtcdError('tooManyRequests');
    this.#count += 1;
    try {
      return await wait();
    } finally {
      this.#count -= 1;
    }
  }
}
