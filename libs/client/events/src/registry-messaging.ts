import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import { isAbsent, keysWithPrefix, oneKey, type KvStore, type Revision } from '@portolan/kv';
import { whileLeader } from '@portolan/kv-client';
import {
  Attempts,
  decodeEvent,
  encodeEvent,
  MessagingUnavailableError,
  type DeadLetter,
  type EventRecord,
  type Messaging,
  type MessagingLogger,
  type Subscription,
} from '@portolan/messaging';
import { sleep } from '@portolan/runtime';
import { GroupReader } from './group-reader.ts';
import { InstanceReader } from './instance-reader.ts';
import { deadPrefix, decodeDead, eventKey, groupKey, leaderKey } from './layout.ts';
import { Retention } from './retention.ts';

const DEAD_LETTERS_READ_MAX = 100;
/** After a term that ended because the store could not be read or written. */
const RETRY_MS = 500;

export interface RegistryMessagingOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  /** Of this process; unique. */
  readonly instance: string;
}

/**
 * Events as keys of the registry, and whoever wants them watches. Of a group one process reads at a time. What is not handled
 * within a day is forgotten: for a shop without a broker, not for a firehose.
 */
export class RegistryMessaging implements Messaging {
  readonly #options: RegistryMessagingOptions;
  readonly #retention: Retention;
  readonly #subscriptions = new Set<AsyncDisposable>();

  constructor(options: RegistryMessagingOptions) {
    this.#options = options;
    this.#retention = new Retention(options);
  }

  async publish(event: EventRecord, signal?: AbortSignal): Promise<void> {
    const { store, principal } = this.#options;
    const value = encodeEvent(event);
    const key = eventKey(event.id);
    try {
      await this.#retention.under(
        (lease) =>
          store.txn(
            {
              principal,
              compares: [isAbsent('user', key)],
              success: [{ kind: 'put', keyspace: 'user', key, value, lease }],
            },
            signal,
          ),
        signal,
      );
    } catch (error) {
      if (error instanceof PortolanError && error.kind !== 'unavailable' && error.kind !== 'deadline') throw error;
      throw new MessagingUnavailableError(`event "${event.id}"`, error);
    }
  }

  async subscribe(subscription: Subscription): Promise<AsyncDisposable> {
    const attempts = new Attempts(subscription, this.#options.logger);
    const { audience } = subscription;
    const reader =
      audience.kind === 'group'
        ? await this.#readGroup(subscription, attempts, audience.name)
        : new InstanceReader({ ...this.#options, attempts, subscription });
    const disposable: AsyncDisposable = {
      [Symbol.asyncDispose]: async () => {
        this.#subscriptions.delete(disposable);
        await Promise.all([attempts.end(), reader[Symbol.asyncDispose]()]);
      },
    };
    this.#subscriptions.add(disposable);
    if (reader instanceof InstanceReader) await reader.started;
    return disposable;
  }

  async deadLetters(group: string): Promise<readonly DeadLetter[]> {
    const { store, principal } = this.#options;
    const keys = keysWithPrefix(deadPrefix(group));
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys, limit: DEAD_LETTERS_READ_MAX });
    return keyValues.map((stored) => {
      const { event, attempts, reason } = decodeDead(stored);
      return { event: decodeEvent(Buffer.from(event)), attempts, reason };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription[Symbol.asyncDispose]()));
  }

  async #readGroup(subscription: Subscription, attempts: Attempts, group: string): Promise<AsyncDisposable> {
    const { store, principal, clock, logger, instance } = this.#options;
    const since = await this.#begin(group);
    const stop = new AbortController();
    const leadership = { store, principal, clock, logger, key: leaderKey(group), name: instance };
    const running = whileLeader(
      leadership,
      async (term) => {
        const common = { store, principal, clock, logger, retention: this.#retention };
        try {
          await new GroupReader({ ...common, attempts, subscription, group, since, term }).run();
        } catch (error) {
          if (!(error instanceof PortolanError)) throw error;
          logger.warn({ group, err: error }, 'cannot read events now; trying again');
          await sleep(clock, RETRY_MS, term.lost).catch(() => undefined);
        }
      },
      stop.signal,
    );
    return {
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await running;
      },
    };
  }

  /** @returns the revision at which the group began: what happens later is for it */
  async #begin(group: string): Promise<Revision> {
    const { store, principal } = this.#options;
    const key = groupKey(group);
    const put = { kind: 'put', keyspace: 'user', key, value: new Uint8Array() } as const;
    await store.txn({ principal, compares: [isAbsent('user', key)], success: [put] });
    const { keyValues, revision } = await store.range({ principal, keyspace: 'user', keys: oneKey(key) });
    return keyValues[0]?.createRevision ?? revision;
  }
}
