import type { Clock } from '@portolan/kernel';
import type { ConfirmChannel, ConsumeMessage, RecoveringChannelModel } from 'amqplib';
import { Attempts, type Outcome } from '../attempt.ts';
import { decodeEvent, MalformedEventError, type EventRecord } from '../event.ts';
import type { MessagingLogger, Subscription } from '../messaging.ts';
import { confirmed } from './confirmed.ts';
import { KeptChannel } from './kept-channel.ts';
import { ATTEMPT_HEADER, declareQueues, queuesOf, REASON_HEADER } from './topology.ts';

export interface ConsumerOptions {
  readonly connection: Pick<RecoveringChannelModel, 'createConfirmChannel'>;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  readonly subscription: Subscription;
}

/**
 * Reads one subscription's queue. A message is acknowledged when it was handled, or lies safely in the queue for its next attempt
 * or among the dead letters; whoever dies before that leaves it to the next reader.
 */
export class Consumer implements AsyncDisposable {
  readonly #options: ConsumerOptions;
  readonly #attempts: Attempts;
  readonly #channel: KeptChannel;
  readonly #underWay = new Set<Promise<void>>();
  #ending = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options.subscription, options.logger);
    this.#channel = new KeptChannel({ ...options, prepare: (channel) => this.#consume(channel) });
  }

  /** Resolves when it reads. */
  async reading(): Promise<void> {
    await this.#channel.ready;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await this.#attempts.end();
    await Promise.all(this.#underWay);
    // What was fetched and not begun goes back to the queue.
    await this.#channel[Symbol.asyncDispose]();
  }

  async #consume(channel: ConfirmChannel): Promise<void> {
    const queue = await declareQueues(channel, this.#options.subscription);
    await channel.consume(queue, (message) => {
      if (message === null) {
        this.#options.logger.warn({ queue }, 'somebody deleted the queue; declaring it again');
        void channel.close();
        return;
      }
      if (this.#ending) return;
      const dealing = this.#deal(channel, message).finally(() => this.#underWay.delete(dealing));
      this.#underWay.add(dealing);
    });
  }

  async #deal(channel: ConfirmChannel, message: ConsumeMessage): Promise<void> {
    const { logger } = this.#options;
    try {
      const attempt = attemptOf(message);
      const event = this.#read(message);
      const outcome: Outcome = event === undefined ? unreadable : await this.#attempts.make(event, attempt);
      // Not acknowledged: it goes back to the queue when the channel closes.
      if (outcome.kind === 'interrupted') return;
      await this.#settle(channel, message, outcome, attempt);
      channel.ack(message);
    } catch (error) {
      // The channel has closed: the broker gives the message to whoever reads next.
      logger.info({ err: error, queue: message.fields.routingKey }, 'an event will be delivered again');
    }
  }

  async #settle(channel: ConfirmChannel, message: ConsumeMessage, outcome: Settled, attempt: number): Promise<void> {
    const { audience } = this.#options.subscription;
    if (outcome.kind === 'handled' || audience.kind === 'instance') return;
    const { dead, retry } = queuesOf(audience.name);
    const { content, properties } = message;
    const headers = {
      [ATTEMPT_HEADER]: outcome.kind === 'retry' ? attempt + 1 : attempt,
      [REASON_HEADER]: outcome.reason.slice(0, 1_000),
    };
    const routingKey = outcome.kind === 'retry' ? retry(outcome.delayMs) : dead;
    const id: unknown = properties.messageId;
    const options = { contentType: 'application/json', headers, ...(typeof id === 'string' && { messageId: id }) };
    await confirmed(channel, { exchange: '', routingKey, content, options });
  }

  #read(message: ConsumeMessage): EventRecord | undefined {
    try {
      return decodeEvent(message.content);
    } catch (error) {
      if (!(error instanceof MalformedEventError)) throw error;
      this.#options.logger.error({ err: error }, 'a message that is no event was put aside');
      return undefined;
    }
  }
}

/** What the broker is told of; what was interrupted it finds out by itself. */
type Settled = Exclude<Outcome, { readonly kind: 'interrupted' }>;

const unreadable = { kind: 'dead', reason: 'not an event' } as const;

/** @returns from 1; a header of somebody else counts for nothing */
export function attemptOf({ properties }: Pick<ConsumeMessage, 'properties'>): number {
  const value: unknown = properties.headers?.[ATTEMPT_HEADER];
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : 1;
}
