import type { KvStore, StoreStatus } from '@portolan/kv';

/** The store's status as it was in this turn of the loop: a thousand watchers who are told of one change ask for it once. */
export class StatusOfTurn {
  readonly #store: KvStore;
  #known: StoreStatus | undefined;
  #asked: Promise<StoreStatus> | undefined;

  constructor(store: KvStore) {
    this.#store = store;
  }

  /** undefined: nobody has asked yet. */
  get known(): StoreStatus | undefined {
    return this.#known;
  }

  read(): Promise<StoreStatus> {
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  async #ask(): Promise<StoreStatus> {
    try {
      this.#known = await this.#store.status();
      return this.#known;
    } finally {
      setImmediate(() => {
        this.#known = undefined;
        this.#asked = undefined;
      });
    }
  }
}
