import type { PortolanError } from '@portolan/kernel';
import type { KvStore, WatchBatch, WatchRequest } from '@portolan/kv';
import { NoLeaderError } from '@portolan/raft';

/** The store of a member that a test cuts off from the others: it then refuses as a member does, and tells only what may be old. */
export class CutOffStore implements KvStore {
  readonly #store: KvStore;
  #isolation: NoLeaderError | undefined;
  /** Aborted with what ends the watches of now. */
  #ending = new AbortController();
  #opened = 0;
  #unanswered = 0;
  /** Whether keep-alives are answered: of a leader that is gone, whose end is not known yet, they are not. */
  keepsAlive = true;

  constructor(store: KvStore) {
    this.#store = store;
  }

  /** How often something was watched that may not be old. */
  get opened(): number {
    return this.#opened;
  }

  /** Keep-alives that wait in vain. */
  get unanswered(): number {
    return this.#unanswered;
  }

  cutOff(): void {
    this.#isolation = new NoLeaderError('a test has cut it off');
    this.endWatches(this.#isolation);
  }

  rejoin(): void {
    this.#isolation = undefined;
  }

  endWatches(why: PortolanError): void {
    const ending = this.#ending;
    this.#ending = new AbortController();
    ending.abort(why);
  }

  range: KvStore['range'] = (request, signal) =>
    request.serializable === true ? this.#store.range(request, signal) : this.#led().range(request, signal);
  txn: KvStore['txn'] = async (request, signal) => this.#led().txn(request, signal);
  grantLease: KvStore['grantLease'] = async (request, signal) => this.#led().grantLease(request, signal);
  keepAlive: KvStore['keepAlive'] = async (request, signal) => {
    if (this.keepsAlive) return this.#led().keepAlive(request, signal);
    this.#unanswered += 1;
    return new Promise(() => undefined);
  };
  revokeLease: KvStore['revokeLease'] = async (request, signal) => this.#led().revokeLease(request, signal);
  timeToLive: KvStore['timeToLive'] = async (request, signal) => this.#led().timeToLive(request, signal);
  leases: KvStore['leases'] = async (request, signal) => this.#led().leases(request, signal);
  compact: KvStore['compact'] = async (request, signal) => this.#led().compact(request, signal);
  status: KvStore['status'] = (signal) => this.#store.status(signal);

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (request.serializable === true) {
      yield* this.#store.watch(request, signal);
      return;
    }
    this.#opened += 1;
    const ending = this.#ending.signal;
    yield* this.#led().watch(request, AbortSignal.any([signal, ending]));
    if (!signal.aborted) ending.throwIfAborted();
  }

  #led(): KvStore {
    if (this.#isolation !== undefined) throw this.#isolation;
    return this.#store;
  }
}
