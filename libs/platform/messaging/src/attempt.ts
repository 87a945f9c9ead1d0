import { assert } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import type { EventRecord } from './event.ts';
import { RETRY_DELAYS_MS, type MessagingLogger, type Subscription } from './messaging.ts';

/** Ids that a subscription remembers: some minutes of a busy shop. What comes back later is handled once more. */
export const HANDLED_IDS_MAX = 10_000;

/** What became of one attempt, and what is to be done with the event. */
export type Outcome =
  | { readonly kind: 'handled' }
  /** The subscription ended over it: it was no attempt, and whoever reads next begins with it. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string };

/** One subscription's attempts at its events: each id handled once, failures counted. The same for every transport. */
export class Attempts {
  readonly #subscription: Subscription;
  readonly #logger: MessagingLogger;
  readonly #handled = new LRUCache<string, true>({ max: HANDLED_IDS_MAX });
  readonly #underWay = new Map<string, Promise<Outcome>>();
  readonly #ending = new AbortController();

  constructor(subscription: Subscription, logger: MessagingLogger) {
    this.#subscription = subscription;
    this.#logger = logger;
  }

  /** @param attempt from 1 */
  make(event: EventRecord, attempt: number): Promise<Outcome> {
    assert(attempt >= 1, 'attempts are counted from 1');
    if (this.#handled.has(event.id)) return Promise.resolve({ kind: 'handled' });
    // A second copy shares the fate of the first.
    const first = this.#underWay.get(event.id);
    if (first !== undefined) return first;
    const made = this.#make(event, attempt).finally(() => this.#underWay.delete(event.id));
    this.#underWay.set(event.id, made);
    return made;
  }

  async #make(event: EventRecord, attempt: number): Promise<Outcome> {
    const { audience, retryDelaysMs = RETRY_DELAYS_MS } = this.#subscription;
    try {
      await this.#subscription.handle(event, { attempt, signal: this.#ending.signal });
      this.#handled.set(event.id, true);
      return { kind: 'handled' };
    } catch (error) {
      if (this.#ending.signal.aborted) return { kind: 'interrupted' };
      const reason = error instanceof Error ? error.message : String(error);
      const fields = { eventId: event.id, topic: event.topic, audience: audience.name, attempt, err: error };
      const delayMs = retryDelaysMs[attempt - 1];
      if (delayMs === undefined) {
        this.#logger.error(fields, 'an event could not be handled; given up');
        return { kind: 'dead', reason };
      }
      this.#logger.warn({ ...fields, delayMs }, 'an event could not be handled; trying again');
      return { kind: 'retry', delayMs, reason };
    }
  }

  /** Waits for the events at hand, and tells them that it would rather not. */
  async end(): Promise<void> {
    this.#ending.abort(new Error('the subscription ends'));
    await Promise.all(this.#underWay.values());
  }
}
