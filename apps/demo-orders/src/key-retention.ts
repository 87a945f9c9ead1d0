import type { Clock, Principal } from '@portolan/kernel';
import type { KvStore, LeaseId } from '@portolan/kv';

/** One lease for all keys of so long: thousands of orders share it. */
export const SHARED_MS = 3_600_000;

export interface KeyRetentionOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  /** How long the outcome of an idempotency key is remembered at least. */
  readonly retentionSeconds: number;
}

/** Leases under which idempotency keys are remembered. An instance holds a bounded number, however many orders it places. */
export class KeyRetention {
  readonly #options: KeyRetentionOptions;
  #current: { readonly id: LeaseId; readonly until: number } | undefined;

  constructor(options: KeyRetentionOptions) {
    this.#options = options;
  }

  /** The lease for what is written now. */
  async lease(signal: AbortSignal | undefined): Promise<LeaseId> {
    const { store, principal, clock, retentionSeconds } = this.#options;
    const now = clock.now();
    if (this.#current !== undefined && now < this.#current.until) return this.#current.id;
    const ttlSeconds = retentionSeconds + Math.ceil(SHARED_MS / 1_000);
    const { id } = await store.grantLease({ principal, ttlSeconds }, signal);
    this.#current = { id, until: now + SHARED_MS };
    return id;
  }

  /** The store does not know it any more: it has another history, perhaps. */
  forget(lease: LeaseId): void {
    if (this.#current?.id === lease) this.#current = undefined;
  }
}
