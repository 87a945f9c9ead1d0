import type { Clock } from '@portolan/kernel';
import {
  CompactedError,
  IncarnationChangedError,
  keysWithPrefix,
  revision,
  TooManyWatchersError,
  type Header,
  type KvStore,
  type WatchBatch,
} from '@portolan/kv';
import type { CatalogLogger } from './catalog-logger.ts';
import { CatalogClosedError } from './errors.ts';
import { EVERYTHING } from './keys.ts';
import { CATALOG_WATCHERS_MAX, FEED_RETRY_MS_MAX, FEED_RETRY_MS_MIN } from './limits.ts';
import type { Topic } from './topics.ts';
import { CatalogRecords } from './records.ts';
import { CATALOG_PRINCIPAL, KEYSPACE, readEverything } from './store-access.ts';
import { Waiters } from './waiters.ts';

/** What the index knows: everything, at one revision. */
export interface Known {
  readonly records: CatalogRecords;
  readonly at: Header;
}

/** Told, not sent: it remembers that something changed, not what. */
export interface Subscription extends Disposable {
  /** Resolves once something has changed since it last did. Rejects with the signal's reason, or CatalogClosedError. */
  changed(signal: AbortSignal): Promise<void>;
}

interface Subscriber {
  readonly topic: Topic;
  dirty: boolean;
  readonly waiters: Waiters;
}

/**
 * All of the catalog in memory, fed by one watch of the store from its first use on. When history is compacted or the
 * store's incarnation changes, it reads everything again; until then it keeps what it had.
 */
export class CatalogIndex implements AsyncDisposable {
  readonly #store: KvStore;
  readonly #clock: Clock;
  readonly #logger: CatalogLogger;
  readonly #stop = new AbortController();
  readonly #subscribers = new Map<Topic, Set<Subscriber>>();
  readonly #progress = new Waiters();
  #subscriberCount = 0;
  #known: Known | undefined;
  #written: Header | undefined;
  #feed: Promise<void> | undefined;

  constructor(store: KvStore, clock: Clock, logger: CatalogLogger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * What is known so far, without waiting. Good for this turn only: the records go on with the store while somebody awaits,
   * and would then be newer than the revision that goes with them.
   */
  get known(): Known | undefined {
    return this.#known;
  }

  /** A write through this catalog: whoever reads the index afterwards sees it. */
  wrote(header: Header): void {
    if (header.incarnation !== this.#written?.incarnation || header.revision > this.#written.revision) {
      this.#written = header;
    }
  }

  /** Resolves once `known` holds every write that was answered before the call. Rejects with the signal's reason. */
  async caughtUp(signal?: AbortSignal): Promise<void> {
    this.start();
    const wanted = this.#written;
    for (;;) {
      signal?.throwIfAborted();
      this.#expectOpen();
      if (this.#known !== undefined && reaches(this.#known.at, wanted)) return;
      await this.#progress.wait(signal);
    }
  }

  /** @throws TooManyWatchersError, CatalogClosedError */
  subscribe(topic: Topic): Subscription {
    this.#expectOpen();
    this.start();
    if (this.#subscriberCount >= CATALOG_WATCHERS_MAX) throw new TooManyWatchersError(CATALOG_WATCHERS_MAX);
    const subscriber: Subscriber = { topic, dirty: false, waiters: new Waiters() };
    let subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) this.#subscribers.set(topic, (subscribers = new Set<Subscriber>()));
    subscribers.add(subscriber);
    this.#subscriberCount += 1;
    return {
      changed: async (signal) => {
        while (!subscriber.dirty) {
          this.#expectOpen();
          await subscriber.waiters.wait(signal);
        }
        subscriber.dirty = false;
      },
      [Symbol.dispose]: () => {
        this.#unsubscribe(subscriber);
      },
    };
  }

  /** Begins to follow the store; harmless when it does already. */
  start(): void {
    if (!this.#stop.signal.aborted) this.#feed ??= this.#follow(this.#stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#progress.wakeAll();
    for (const subscribers of this.#subscribers.values()) for (const { waiters } of subscribers) waiters.wakeAll();
    await this.#feed;
  }

  async #follow(stop: AbortSignal): Promise<void> {
    let retryMs = FEED_RETRY_MS_MIN;
    for (;;) {
      try {
        const at = await this.#readAgain(stop);
        retryMs = FEED_RETRY_MS_MIN;
        await this.#watch(at, stop);
        if (stop.aborted) return;
      } catch (error) {
        if (stop.aborted) return;
        if (error instanceof CompactedError || error instanceof IncarnationChangedError) {
          this.#logger.info({ err: error }, 'the history of the catalog went on without us: reading it again');
        } else {
          this.#logger.warn({ err: error, retryMs }, 'cannot follow the catalog: trying again');
          await this.#pause(retryMs);
          retryMs = Math.min(retryMs * 2, FEED_RETRY_MS_MAX);
        }
      }
    }
  }

  async #readAgain(stop: AbortSignal): Promise<Header> {
    const { incarnation, revision: at, keyValues } = await readEverything(this.#store, undefined, stop);
    const header = { incarnation, revision: at };
    this.#know({ records: CatalogRecords.of(keyValues), at: header }, 'all');
    return header;
  }

  async #watch(from: Header, stop: AbortSignal): Promise<void> {
    const request = {
      principal: CATALOG_PRINCIPAL,
      keyspace: KEYSPACE,
      keys: keysWithPrefix(EVERYTHING),
      startRevision: revision(from.revision + 1),
      progress: true,
      // What it tells is as old as this node is, and says so.
      serializable: true,
    } as const;
    for await (const batch of this.#store.watch(request, stop)) {
      if (batch.incarnation !== from.incarnation) {
        throw new IncarnationChangedError(from.incarnation, batch.incarnation);
      }
      this.#apply(batch);
    }
  }

  #apply(batch: WatchBatch): void {
    const known = this.#known;
    if (known === undefined || (batch.kind !== 'events' && batch.revision <= known.at.revision)) return;
    const changed = new Set<Topic>();
    for (const event of batch.events) {
      const topics = event.kind === 'put' ? known.records.put(event.keyValue) : known.records.delete(event.key);
      for (const topic of topics) changed.add(topic);
    }
    this.#know({ records: known.records, at: { incarnation: batch.incarnation, revision: batch.revision } }, changed);
  }

  #know(known: Known, changed: ReadonlySet<Topic> | 'all'): void {
    this.#known = known;
    this.#progress.wakeAll();
    if (changed === 'all') for (const subscribers of this.#subscribers.values()) tell(subscribers);
    else for (const topic of changed) tell(this.#subscribers.get(topic));
  }

  #unsubscribe(subscriber: Subscriber): void {
    const subscribers = this.#subscribers.get(subscriber.topic);
    if (subscribers?.delete(subscriber) !== true) return;
    this.#subscriberCount -= 1;
    if (subscribers.size === 0) this.#subscribers.delete(subscriber.topic);
  }

  #expectOpen(): void {
    if (this.#stop.signal.aborted) throw new CatalogClosedError();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const resume = (): void => {
      resolve(undefined);
    };
    const timer = this.#clock.after(ms, resume);
    this.#stop.signal.addEventListener('abort', resume, { once: true });
    await promise;
    this.#stop.signal.removeEventListener('abort', resume);
    timer.cancel();
  }
}

function tell(subscribers: ReadonlySet<Subscriber> | undefined): void {
  for (const subscriber of subscribers ?? []) {
    subscriber.dirty = true;
    subscriber.waiters.wakeAll();
  }
}

/** Of another incarnation, a write will never be reached: what is known now has to do. */
function reaches(at: Header, wanted: Header | undefined): boolean {
  return wanted?.incarnation !== at.incarnation || at.revision >= wanted.revision;
}
