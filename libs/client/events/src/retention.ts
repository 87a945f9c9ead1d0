import type { Clock, Principal } from '@portolan/kernel';
import { LeaseNotFoundError, type KvStore, type LeaseId } from '@portolan/kv';

/** What no group has handled for so long is forgotten; on RabbitMQ it would wait on. */
export const RETENTION_SECONDS = 24 * 3_600;
/** One lease for all keys of so long: thousands of events share it. */
const SHARED_MS = 3_600_000;

/** The lease under which events, and what became of them, are kept. */
export class Retention {
  readonly #store: KvStore;
  readonly #principal: Principal;
  readonly #clock: Clock;
  #current: { readonly lease: LeaseId; readonly until: number } | undefined;

  constructor(options: { readonly store: KvStore; readonly principal: Principal; readonly clock: Clock }) {
    this.#store = options.store;
    this.#principal = options.principal;
    this.#clock = options.clock;
  }

  /** Runs a write under the lease; again under a new one when the store does not know it any more. */
  async under<Result>(write: (lease: LeaseId) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    for (;;) {
      const lease = await this.#lease(signal);
      try {
        return await write(lease);
      } catch (error) {
        if (!(error instanceof LeaseNotFoundError)) throw error;
        if (this.#current?.lease === lease) this.#current = undefined;
      }
    }
  }

  async #lease(signal: AbortSignal | undefined): Promise<LeaseId> {
    const now = this.#clock.now();
    if (this.#current !== undefined && now < this.#current.until) return this.#current.lease;
    const ttlSeconds = RETENTION_SECONDS + Math.ceil(SHARED_MS / 1_000);
    const { id: lease } = await this.#store.grantLease({ principal: this.#principal, ttlSeconds }, signal);
    this.#current = { lease, until: now + SHARED_MS };
    return lease;
  }
}
