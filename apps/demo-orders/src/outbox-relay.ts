import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import {
  keyOf,
  keysWithPrefix,
  oneKey,
  revision as checkedRevision,
  type KeyValue,
  type KvStore,
  type Revision,
} from '@portolan/kv';
import { whileLeader, type LeaderTerm } from '@portolan/kv-client';
import { decodeEvent, type Messaging } from '@portolan/messaging';
import { sleep } from '@portolan/runtime';
import { OUTBOX_PREFIX } from './outbox.ts';

/** Published at once, and removed in one transaction. */
const BATCH_MAX = 100;
/** After a failure of the broker or the store. */
const RETRY_MS = 500;

export interface RelayLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface OutboxRelayOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly logger: RelayLogger;
  readonly events: Pick<Messaging, 'publish'>;
  readonly instance: string;
}

/**
 * Tells what lies in the outbox: an entry is removed when its event was confirmed, so that each is told at least once. Of all
 * instances one does it; two at once would tell things twice, and do no other harm.
 */
export class OutboxRelay implements AsyncDisposable {
  readonly #options: OutboxRelayOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
    const { store, principal, clock, logger, instance: name } = options;
    const leadership = { store, principal, clock, logger, key: keyOf('orders/outbox-leader'), name };
    this.#running = whileLeader(leadership, (term) => this.#relay(term), this.#ending.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #relay({ lost }: LeaderTerm): Promise<void> {
    const { store, principal, clock, logger } = this.#options;
    const keys = keysWithPrefix(OUTBOX_PREFIX);
    // A function: TypeScript believes that what it saw before an await still holds.
    const isLost = (): boolean => lost.aborted;
    let failing = false;
    while (!isLost()) {
      try {
        const request = { principal, keyspace: 'user', keys, limit: BATCH_MAX } as const;
        const { keyValues, revision } = await store.range(request, lost);
        if (keyValues.length === 0) await this.#entryAfter(revision, lost);
        else await this.#tell(keyValues, lost);
        failing = false;
      } catch (error) {
        if (isLost()) return;
        if (!(error instanceof PortolanError)) throw error;
        if (!failing) logger.warn({ err: error }, 'cannot tell what happened to orders; trying on');
        failing = true;
        await sleep(clock, RETRY_MS, lost).catch(() => undefined);
      }
    }
  }

  async #tell(entries: readonly KeyValue[], signal: AbortSignal): Promise<void> {
    const { store, principal, events } = this.#options;
    const told = await Promise.allSettled(entries.map(async ({ value }) => events.publish(decodeEvent(value), signal)));
    const confirmed = entries.filter((_entry, index) => told[index]?.status === 'fulfilled');
    const success = confirmed.map(({ key }) => ({ kind: 'delete', keyspace: 'user', keys: oneKey(key) }) as const);
    if (success.length > 0) await store.txn({ principal, success }, signal);
    const failed = told.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Resolves when something was put into the outbox after `revision`. */
  async #entryAfter(revision: Revision, signal: AbortSignal): Promise<void> {
    const { store, principal } = this.#options;
    const startRevision = checkedRevision(revision + 1);
    const keys = keysWithPrefix(OUTBOX_PREFIX);
    const watching = store.watch({ principal, keyspace: 'user', keys, startRevision, events: 'puts' }, signal);
    for await (const { events } of watching) if (events.length > 0) return;
  }
}
