import type { Clock, Principal, Timer } from '@portolan/kernel';
import { PortolanError } from '@portolan/kernel';
import { keysWithPrefix, type KeyValue, type KvStore, type Revision } from '@portolan/kv';
import {
  CONCURRENCY_MAX,
  topicMatches,
  type Attempts,
  type EventRecord,
  type MessagingLogger,
  type Subscription,
} from '@portolan/messaging';
import { sleep } from '@portolan/runtime';
import { EVENTS_PREFIX } from './layout.ts';
import { readableEvent } from './readable-event.ts';
import { readAll } from './read-all.ts';
import { Slots } from './slots.ts';

const RETRY_MS = 500;

export interface InstanceReaderOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  readonly attempts: Attempts;
  readonly subscription: Subscription;
}

/** Hands every event that happens from now on to this process. What fails is tried again, and forgotten with the process. */
export class InstanceReader implements AsyncDisposable {
  readonly #options: InstanceReaderOptions;
  readonly #slots: Slots;
  readonly #stop = new AbortController();
  readonly #started = Promise.withResolvers<undefined>();
  readonly #timers = new Set<Timer>();
  readonly #running: Promise<void>;
  /** Everything up to here was seen. */
  #seen: Revision | undefined;

  constructor(options: InstanceReaderOptions) {
    this.#options = options;
    this.#slots = new Slots(options.subscription.concurrencyMax ?? CONCURRENCY_MAX);
    this.#running = this.#run();
  }

  /** Resolves when nothing is missed from now on. */
  get started(): Promise<undefined> {
    return this.#started.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) timer.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stop;
    while (!this.#isStopped()) {
      try {
        await this.#read(signal);
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        if (!this.#isStopped()) logger.info({ err: error }, 'cannot watch events now; trying again');
      }
      await sleep(clock, RETRY_MS, signal).catch(() => undefined);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { store, principal } = this.#options;
    const request = { principal, keyspace: 'user', keys: keysWithPrefix(EVENTS_PREFIX), events: 'puts' } as const;
    for await (const { kind, events, revision } of store.watch(request, signal)) {
      if (kind === 'created') {
        await this.#catchUp(signal);
        this.#started.resolve(undefined);
      }
      for (const event of events) if (event.kind === 'put') await this.#take(event.keyValue);
      this.#seen = revision;
    }
  }

  /** A watch that broke, and could not go on where it was: what came meanwhile is in the store. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { store, principal } = this.#options;
    const seen = this.#seen;
    if (seen === undefined) return;
    const { keyValues, revision } = await readAll(store, principal, EVENTS_PREFIX, signal);
    // Below what was seen, it is the store that is another one.
    for (const stored of keyValues) {
      if (stored.createRevision > seen || revision < seen) await this.#take(stored);
    }
  }

  async #take(stored: KeyValue): Promise<void> {
    const event = readableEvent(stored, this.#options.logger);
    if (event === undefined || !topicMatches(this.#options.subscription.topics, event.topic)) return;
    await this.#slots.take();
    void this.#deal(event, 1);
  }

  async #deal(event: EventRecord, attempt: number): Promise<void> {
    const outcome = this.#isStopped() ? undefined : await this.#options.attempts.make(event, attempt);
    this.#slots.give();
    if (outcome?.kind !== 'retry') return;
    const timer = this.#options.clock.after(outcome.delayMs, () => {
      this.#timers.delete(timer);
      void this.#slots.take().then(() => this.#deal(event, attempt + 1));
    });
    this.#timers.add(timer);
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }
}
