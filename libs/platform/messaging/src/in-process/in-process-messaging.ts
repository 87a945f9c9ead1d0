import type { Clock, Timer } from '@portolan/kernel';
import { Attempts } from '../attempt.ts';
import { encodeEvent, type EventRecord } from '../event.ts';
import {
  CONCURRENCY_MAX,
  type DeadLetter,
  type Messaging,
  type MessagingLogger,
  type Subscription,
} from '../messaging.ts';
import { topicMatches } from '../topic-pattern.ts';

/** Kept to be looked at. Full: the oldest gives way; the events of a process are lost with it anyway. */
const DEAD_LETTERS_MAX = 100;

interface Waiting {
  readonly event: EventRecord;
  readonly attempt: number;
}

/** What one audience has before it. */
interface Audience {
  readonly topics: readonly string[];
  readonly waiting: Waiting[];
  readonly dead: DeadLetter[];
  readonly subscribers: Subscriber[];
}

interface Subscriber {
  readonly subscription: Subscription;
  readonly attempts: Attempts;
  atHand: number;
}

export interface InProcessOptions {
  readonly clock: Clock;
  readonly logger: MessagingLogger;
}

/** Events among the parts of one process: for tests, and for programs that are one process. */
export class InProcessMessaging implements Messaging {
  readonly #clock: Clock;
  readonly #logger: MessagingLogger;
  readonly #audiences = new Map<string, Audience>();
  readonly #timers = new Set<Timer>();

  constructor({ clock, logger }: InProcessOptions) {
    this.#clock = clock;
    this.#logger = logger;
  }

  async publish(event: EventRecord): Promise<void> {
    encodeEvent(event);
    for (const audience of this.#audiences.values()) {
      if (!topicMatches(audience.topics, event.topic)) continue;
      audience.waiting.push({ event, attempt: 1 });
      this.#pump(audience);
    }
  }

  async subscribe(subscription: Subscription): Promise<AsyncDisposable> {
    const { audience: who, topics } = subscription;
    const key = who.kind === 'group' ? who.name : `${who.name}/${who.instance}`;
    const audience = this.#audiences.get(key) ?? { topics, waiting: [], dead: [], subscribers: [] };
    this.#audiences.set(key, audience);
    const subscriber: Subscriber = { subscription, attempts: new Attempts(subscription, this.#logger), atHand: 0 };
    audience.subscribers.push(subscriber);
    this.#pump(audience);
    return {
      [Symbol.asyncDispose]: async () => {
        audience.subscribers.splice(audience.subscribers.indexOf(subscriber), 1);
        if (who.kind === 'instance') this.#audiences.delete(key);
        await subscriber.attempts.end();
      },
    };
  }

  async deadLetters(group: string): Promise<readonly DeadLetter[]> {
    return [...(this.#audiences.get(group)?.dead ?? [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    const subscribers = [...this.#audiences.values()].flatMap((audience) => audience.subscribers);
    this.#audiences.clear();
    await Promise.all(subscribers.map(({ attempts }) => attempts.end()));
  }

  #pump(audience: Audience): void {
    for (;;) {
      const subscriber = audience.subscribers
        .filter(({ subscription, atHand }) => atHand < (subscription.concurrencyMax ?? CONCURRENCY_MAX))
        .sort((a, b) => a.atHand - b.atHand)[0];
      const next = subscriber === undefined ? undefined : audience.waiting.shift();
      if (subscriber === undefined || next === undefined) return;
      void this.#deliver(audience, subscriber, next);
    }
  }

  async #deliver(audience: Audience, subscriber: Subscriber, { event, attempt }: Waiting): Promise<void> {
    subscriber.atHand += 1;
    const outcome = await subscriber.attempts.make(event, attempt);
    subscriber.atHand -= 1;
    if (outcome.kind === 'interrupted') audience.waiting.unshift({ event, attempt });
    if (outcome.kind === 'retry') {
      const timer = this.#clock.after(outcome.delayMs, () => {
        this.#timers.delete(timer);
        audience.waiting.push({ event, attempt: attempt + 1 });
        this.#pump(audience);
      });
      this.#timers.add(timer);
    }
    if (outcome.kind === 'dead') {
      audience.dead.push({ event, attempts: attempt, reason: outcome.reason });
      if (audience.dead.length > DEAD_LETTERS_MAX) audience.dead.shift();
    }
    this.#pump(audience);
  }
}
