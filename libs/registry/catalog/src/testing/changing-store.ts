import type { EmbeddedStore, KvStore } from '@portolan/kv';

/** A store that can be replaced by another while it is in use, as a restore or lost memory does. */
export class ChangingStore implements KvStore {
  #store: EmbeddedStore;
  /** Runs once, between a read and the watch that goes on from it. */
  beforeWatch: (() => Promise<void>) | undefined;
  /** Runs before each write, between what it was decided on and the transaction. */
  beforeWrite: ((store: KvStore) => Promise<unknown>) | undefined;
  /** Runs after each write, before it is answered. */
  afterWrite: (() => Promise<unknown>) | undefined;

  constructor(store: EmbeddedStore) {
    this.#store = store;
  }

  /** Disposes the one before. */
  async become(store: EmbeddedStore): Promise<void> {
    const before = this.#store;
    this.#store = store;
    await before[Symbol.asyncDispose]();
  }

  range: KvStore['range'] = (request, signal) => this.#store.range(request, signal);
  txn: KvStore['txn'] = async (request, signal) => {
    const isWrite = request.compares !== undefined;
    if (isWrite) await this.beforeWrite?.(this.#store);
    const result = await this.#store.txn(request, signal);
    if (isWrite) await this.afterWrite?.();
    return result;
  };
  grantLease: KvStore['grantLease'] = (request, signal) => this.#store.grantLease(request, signal);
  keepAlive: KvStore['keepAlive'] = (request, signal) => this.#store.keepAlive(request, signal);
  revokeLease: KvStore['revokeLease'] = (request, signal) => this.#store.revokeLease(request, signal);
  timeToLive: KvStore['timeToLive'] = (request, signal) => this.#store.timeToLive(request, signal);
  leases: KvStore['leases'] = (request, signal) => this.#store.leases(request, signal);
  compact: KvStore['compact'] = (request, signal) => this.#store.compact(request, signal);
  status: KvStore['status'] = (signal) => this.#store.status(signal);

  async *watch(...[request, signal]: Parameters<KvStore['watch']>): ReturnType<EmbeddedStore['watch']> {
    const before = this.beforeWatch;
    this.beforeWatch = undefined;
    await before?.();
    yield* this.#store.watch(request, signal);
  }
}
