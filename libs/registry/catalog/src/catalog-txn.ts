import {
  LeaseNotFoundError,
  type Compare,
  type Header,
  type KvStore,
  type Operation,
  type Revision,
  type TxnResult,
} from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import { InstanceContendedError, SessionEndedError } from './errors.ts';
import { WRITE_ATTEMPTS_MAX } from './limits.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';

/** Optimistic transactions on the catalog's keys: read, decide, write if nobody else wrote meanwhile. */
export class CatalogTxn {
  readonly store: KvStore;
  readonly #wrote: (header: Header) => void;

  /** @param wrote told of each revision that a write made */
  constructor(store: KvStore, wrote: (header: Header) => void) {
    this.store = store;
    this.#wrote = wrote;
  }

  /** @param attempt answers undefined when a compare did not hold. @throws InstanceContendedError */
  async untilUncontended<Read, Result>(
    name: InstanceName,
    read: () => Promise<Read>,
    attempt: (current: Read) => Promise<Result | undefined>,
  ): Promise<Result> {
    for (let attempts = 0; attempts < WRITE_ATTEMPTS_MAX; attempts += 1) {
      const done = await attempt(await read());
      if (done !== undefined) return done;
    }
    throw new InstanceContendedError(name, WRITE_ATTEMPTS_MAX);
  }

  /** @returns undefined when a compare did not hold. @throws SessionEndedError when a lease to write under is gone */
  async commit(compares: readonly Compare[], success: readonly Operation[]): Promise<Revision | undefined> {
    const result = await this.txn(compares, success);
    return result.succeeded ? result.revision : undefined;
  }

  /** @throws SessionEndedError when a lease to write under is gone */
  async txn(compares: readonly Compare[], success: readonly Operation[]): Promise<TxnResult> {
    try {
      const result = await this.store.txn({ principal: CATALOG_PRINCIPAL, compares, success });
      const wrote = result.results.some(
        ({ kind, ...rest }) => kind === 'put' || ('deleted' in rest && rest.deleted > 0),
      );
      if (wrote) this.#wrote(result);
      return result;
    } catch (error) {
      const lease = success.find((operation) => operation.kind === 'put')?.lease;
      if (!(error instanceof LeaseNotFoundError) || typeof lease !== 'bigint') throw error;
      throw new SessionEndedError(lease, 'its time to live is over', error);
    }
  }
}
