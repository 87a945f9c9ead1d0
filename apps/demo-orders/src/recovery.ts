import type { Clock, Principal, Rng } from '@portolan/kernel';
import { keysWithPrefix, type KvStore, type Revision } from '@portolan/kv';
import { sleep } from '@portolan/runtime';
import { InFlightError, type OrderBook } from './order-book.ts';
import { decodeIntent, INTENTS_PREFIX } from './stored.ts';

/** An order whose instance died is finished within two of these, whoever asks for it or not. */
export const SWEEP_MS = 5_000;
/** Looked at in one sweep; what is more comes with the next. */
export const SWEEP_MAX = 100;
/** For one order: longer than any customer waits for it. */
const PLACE_MS = 5_000;

export interface RecoveryLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RecoveryOptions {
  readonly book: Pick<OrderBook, 'place'>;
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: RecoveryLogger;
}

/**
 * Finishes orders that were begun and left: it repeats the customer's request. Any number of instances may do so at once.
 * Disposing ends it after the order at hand.
 */
export class Recovery implements AsyncDisposable {
  readonly #options: RecoveryOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  /** Intents of the last sweep: one that is still there a sweep later was left. Bounded by SWEEP_MAX. */
  #seen = new Map<string, Revision>();
  #failing = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, rng, logger } = this.#options;
    const { signal } = this.#ending;
    while (!this.#isEnding()) {
      // Jitter: instances that were started together do not sweep together.
      await sleep(clock, SWEEP_MS / 2 + rng.below(SWEEP_MS), signal).catch(() => undefined);
      if (this.#isEnding()) return;
      try {
        await this.#sweep(signal);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing && !this.#isEnding()) {
          logger.warn({ err: error }, 'cannot look for orders that were left; trying on');
        }
        this.#failing = true;
      }
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { store, principal } = this.#options;
    const keys = keysWithPrefix(INTENTS_PREFIX);
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys, limit: SWEEP_MAX }, signal);
    const before = this.#seen;
    this.#seen = new Map(keyValues.map(({ key, modRevision }) => [key, modRevision]));
    for (const stored of keyValues) {
      if (before.get(stored.key) !== stored.modRevision) continue;
      if (this.#isEnding()) return;
      const { customer, idempotencyKey, lines, orderId } = decodeIntent(stored);
      try {
        const { kind } = await this.#options.book.place(
          customer,
          { idempotencyKey, lines },
          { signal, timeoutMs: PLACE_MS },
        );
        this.#options.logger.info({ orderId, outcome: kind }, 'finished an order that was left');
      } catch (error) {
        if (error instanceof InFlightError || this.#isEnding()) continue;
        this.#options.logger.warn({ orderId, err: error }, 'cannot finish an order that was left; trying on');
      }
    }
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }
}
