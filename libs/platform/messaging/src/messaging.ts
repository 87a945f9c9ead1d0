import type { EventRecord } from './event.ts';

/**
 * Who handles events.
 * - `group`: of all processes that subscribe under the name, one handles each event. What happens while none of them runs waits.
 * - `instance`: every process that subscribes handles every event that happens while it runs.
 */
export type Audience =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'instance'; readonly name: string; readonly instance: string };

export interface Delivery {
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the subscription is being disposed and would wait no longer. */
  readonly signal: AbortSignal;
}

export interface Subscription {
  readonly audience: Audience;
  /** Topics, in which `*` stands for one word and a `#` at the end for any number of them: `order.*`. */
  readonly topics: readonly string[];
  /**
   * Deals with one event. Called again with the same one after it rejected; and, when a process dies between the end of this and
   * the note of it, once more: what it does must be harmless the second time.
   */
  handle(event: EventRecord, delivery: Delivery): Promise<void>;
  /** Waits in ms before the second attempt, the third …; after the last one a group's event goes to its dead letters. */
  readonly retryDelaysMs?: readonly number[];
  /** Events handled at once. */
  readonly concurrencyMax?: number;
}

/** Half a minute for what is short; what is longer needs somebody to look at it. */
export const RETRY_DELAYS_MS: readonly number[] = [1_000, 5_000, 25_000];
export const CONCURRENCY_MAX = 16;

/** An event that could not be handled. */
export interface DeadLetter {
  /** Undefined: it could not even be read. */
  readonly event: EventRecord | undefined;
  readonly attempts: number;
  /** What the last attempt failed with. */
  readonly reason: string;
}

/**
 * Events, each handled at least once. Ones of the same id are one event: it is handled once by each audience, as far as the
 * memory of its processes goes. There is no order between events. `describeMessaging` in `@portolan/messaging/testing` states
 * what each implementation promises.
 */
export interface Messaging extends AsyncDisposable {
  /**
   * Resolves when the event is safe: whoever fails from then on, every group that has ever subscribed gets it.
   * @throws MalformedEventError, MessagingUnavailableError
   */
  publish(event: EventRecord, signal?: AbortSignal): Promise<void>;
  /** Resolves when nothing that is published from now on is missed. Disposing waits for the events at hand. */
  subscribe(subscription: Subscription): Promise<AsyncDisposable>;
  /** Up to 100 of the events that a group could not handle; they stay where they are. */
  deadLetters(group: string): Promise<readonly DeadLetter[]>;
}

export interface MessagingLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
