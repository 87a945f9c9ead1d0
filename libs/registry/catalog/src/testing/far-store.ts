import type { Clock, Rng } from '@portolan/kernel';
import type { KvStore } from '@portolan/kv';

/** One way, ms. Never nothing: what is decided and what is heard of it are two moments. */
const FAR_MS_MAX = 200;

/** A store at the end of a slow network, as one of several nodes reaches it: what they ask at once, it hears in any order. */
export class FarStore implements KvStore {
  readonly #store: KvStore;
  readonly #clock: Clock;
  readonly #rng: Rng;

  constructor(store: KvStore, clock: Clock, rng: Rng) {
    this.#store = store;
    this.#clock = clock;
    this.#rng = rng;
  }

  range: KvStore['range'] = (request, signal) => this.#ask(() => this.#store.range(request, signal));
  txn: KvStore['txn'] = (request, signal) => this.#ask(() => this.#store.txn(request, signal));
  grantLease: KvStore['grantLease'] = (request, signal) => this.#ask(() => this.#store.grantLease(request, signal));
  keepAlive: KvStore['keepAlive'] = (request, signal) => this.#ask(() => this.#store.keepAlive(request, signal));
  revokeLease: KvStore['revokeLease'] = (request, signal) => this.#ask(() => this.#store.revokeLease(request, signal));
  timeToLive: KvStore['timeToLive'] = (request, signal) => this.#ask(() => this.#store.timeToLive(request, signal));
  leases: KvStore['leases'] = (request, signal) => this.#ask(() => this.#store.leases(request, signal));
  compact: KvStore['compact'] = (request, signal) => this.#ask(() => this.#store.compact(request, signal));
  status: KvStore['status'] = (signal) => this.#store.status(signal);
  watch: KvStore['watch'] = (request, signal) => this.#store.watch(request, signal);

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    await this.#travel();
    try {
      return await ask();
    } finally {
      await this.#travel();
    }
  }

  #travel(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(1 + this.#rng.below(FAR_MS_MAX), resolve);
    });
  }
}
