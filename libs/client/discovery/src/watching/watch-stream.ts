import { CatalogServiceService, type WatchRequest, type WatchResponse } from '@portolan/contracts/catalog';
import type { ErrorDetail } from '@portolan/contracts/error';
import type { Clock, Rng } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';
import { createClient } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { DiscoveryLogger } from '../discovery.ts';
import { isFinal, kindOf } from '../errors.ts';
import { Outbox } from '../registry/outbox.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { RECONNECT, type RegistryLink } from '../registry/registry-link.ts';

type Subject = Extract<WatchRequest['request'], { $case: 'subscribe' }>['value']['subject'];
type Update = NonNullable<WatchResponse['update']>;

/** One question, asked again on every stream, and who hears the answers. */
export interface Subscription {
  readonly subject: NonNullable<Subject>;
  /** For people. */
  readonly name: string;
  /** The whole answer, each time. */
  answered(update: Exclude<Update, { $case: 'failed' }>): void;
  /** The question is one that the registry never answers. */
  refused(detail: ErrorDetail): void;
  /** Answers stopped coming. */
  interrupted(): void;
}

export interface WatchStreamOptions {
  readonly link: RegistryLink;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
}

/**
 * All subscriptions of this process on one stream. The stream is open whenever there is a connection, even with nothing to
 * ask: it is how this process notices that its registry is gone.
 */
export class WatchStream implements AsyncDisposable {
  readonly #options: WatchStreamOptions;
  readonly #closed = new AbortController();
  /** Bounded by the table of what is known. */
  readonly #subscriptions = new Map<bigint, Subscription>();
  readonly #running: Promise<void>;
  #outbox: Outbox<WatchRequest> | undefined;
  #lastId = 0n;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** @returns ends the subscription */
  subscribe(subscription: Subscription): () => void {
    const id = (this.#lastId += 1n);
    this.#subscriptions.set(id, subscription);
    this.#ask(id, subscription);
    return () => {
      if (!this.#subscriptions.delete(id)) return;
      this.#outbox?.push({ request: { $case: 'unsubscribe', value: { id } } });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { link } = this.#options;
    while (true) {
      // It rejects only when discovery closes.
      const connection = await link.connected(this.#closed.signal).catch(() => undefined);
      if (connection === undefined) return;
      const reason = await this.#stream(connection);
      if (this.#closed.signal.aborted) return;
      for (const subscription of this.#subscriptions.values()) subscription.interrupted();
      link.lost(connection, reason);
    }
  }

  /** One stream from its beginning to its end. @returns why it ended */
  async #stream(connection: RegistryConnection): Promise<unknown> {
    const full = new AbortController();
    const outbox = new Outbox<WatchRequest>(() => {
      full.abort(new Error('the registry does not take what is asked of it'));
    });
    this.#outbox = outbox;
    for (const [id, subscription] of this.#subscriptions) this.#ask(id, subscription);
    const over = AbortSignal.any([connection.givenUp, this.#closed.signal, full.signal]);
    try {
      const client = createClient(CatalogServiceService, connection);
      for await (const { id, update } of client.watch(outbox, { signal: over })) this.#hear(id, update);
      return new Error('the registry ended the watch');
    } catch (error) {
      return over.aborted ? over.reason : error;
    } finally {
      this.#outbox = undefined;
      outbox.end();
    }
  }

  #ask(id: bigint, { subject }: Subscription): void {
    this.#outbox?.push({ request: { $case: 'subscribe', value: { id, subject } } });
  }

  #hear(id: bigint, update: WatchResponse['update']): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined || update === undefined) return;
    if (update.$case === 'failed') this.#failed(id, subscription, update.value);
    else subscription.answered(update);
  }

  #failed(id: bigint, subscription: Subscription, detail: ErrorDetail): void {
    const { logger } = this.#options;
    const said = { subject: subscription.name, reason: detail.message, fix: detail.fix };
    subscription.interrupted();
    if (isFinal(kindOf(detail))) {
      logger.error(said, 'the registry refuses to answer');
      subscription.refused(detail);
      return;
    }
    logger.warn(said, 'the registry stopped answering; asking again');
    void this.#askAgain(id, subscription);
  }

  async #askAgain(id: bigint, subscription: Subscription): Promise<void> {
    const { clock, rng } = this.#options;
    const outbox = this.#outbox;
    const delayMs = backoff(RECONNECT, ASK_AGAIN_ATTEMPT, rng);
    const slept = await sleep(clock, delayMs, this.#closed.signal).then(
      () => true,
      () => false,
    );
    // A new stream has asked anew.
    if (slept && this.#subscriptions.has(id) && this.#outbox === outbox) this.#ask(id, subscription);
  }
}

/** Spread over the longest delay: a question that fails on a stream that works is not urgent, and may fail for long. */
const ASK_AGAIN_ATTEMPT = 10;
