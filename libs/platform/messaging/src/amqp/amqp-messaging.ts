import type { Clock } from '@portolan/kernel';
import { connect, type RecoveringChannelModel } from 'amqplib';
import { MessagingUnavailableError } from '../errors.ts';
import { decodeEvent, encodeEvent, MalformedEventError, type EventRecord } from '../event.ts';
import type { DeadLetter, Messaging, MessagingLogger, Subscription } from '../messaging.ts';
import { confirmed } from './confirmed.ts';
import { attemptOf, Consumer } from './consumer.ts';
import { KeptChannel } from './kept-channel.ts';
import { declareExchange, EXCHANGE, queuesOf, REASON_HEADER } from './topology.ts';

/** A broker that restarts is back within this time; who would not wait so long passes a signal. */
export const PUBLISH_TIMEOUT_MS = 30_000;
/** A broker that says nothing for two of these is taken for dead. */
const HEARTBEAT_SECONDS = 5;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_MAX_MS = 2_000;
const DEAD_LETTERS_READ_MAX = 100;

export interface AmqpOptions {
  /** `amqp://[user:password@]host:port[/vhost]`, or `amqps://`. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  /** Shown in RabbitMQ's list of connections. */
  readonly name: string;
}

/** Events over RabbitMQ. It connects by itself, again and again; what is asked of it meanwhile waits. */
export class AmqpMessaging implements Messaging {
  readonly #options: AmqpOptions;
  readonly #connection: RecoveringChannelModel;
  readonly #publisher: KeptChannel;
  readonly #consumers = new Set<Consumer>();

  private constructor(options: AmqpOptions, connection: RecoveringChannelModel) {
    this.#options = options;
    this.#connection = connection;
    this.#publisher = new KeptChannel({ ...options, connection, prepare: declareExchange });
  }

  /** Opens at once, whether the broker is there or not. @throws TypeError when the url is none */
  static async open(options: AmqpOptions): Promise<AmqpMessaging> {
    const { url, logger, name } = options;
    const address = new URL(url);
    address.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
    const connection = await connect(address.href, {
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      recovery: { waitForConnect: false, maxDelay: RECONNECT_DELAY_MAX_MS },
    });
    let away = false;
    const note = (error: Error): void => {
      if (!away) logger.warn({ err: error }, 'RabbitMQ is away; trying to reach it');
      away = true;
    };
    connection.on('disconnect', note);
    connection.on('connect-failed', note);
    connection.on('error', note);
    connection.on('connect', () => {
      if (away) logger.info({}, 'RabbitMQ is there again');
      away = false;
    });
    return new AmqpMessaging(options, connection);
  }

  async publish(event: EventRecord, signal?: AbortSignal): Promise<void> {
    const content = encodeEvent(event);
    const { id: messageId, topic, occurredAt } = event;
    const options = { messageId, timestamp: Math.floor(occurredAt / 1_000), contentType: 'application/json' };
    const message = { exchange: EXCHANGE, routingKey: topic, content, options };
    const patience = new AbortController();
    const timer = this.#options.clock.after(PUBLISH_TIMEOUT_MS, () => {
      patience.abort(new Error(`nothing confirmed within ${PUBLISH_TIMEOUT_MS} ms`));
    });
    const over = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
    const ended = rejectionOf(over);
    try {
      for (;;) {
        const channel = await Promise.race([this.#publisher.ready, ended]);
        try {
          await Promise.race([confirmed(channel, message), ended]);
          return;
        } catch (error) {
          over.throwIfAborted();
          this.#options.logger.info(
            { err: error, eventId: event.id },
            'an event was not confirmed; publishing it again',
          );
          // The channel closes, and is there again in a moment.
          await Promise.race([pause(this.#options.clock), ended]);
        }
      }
    } catch (cause) {
      throw new MessagingUnavailableError(`event "${event.id}"`, cause);
    } finally {
      timer.cancel();
    }
  }

  async subscribe(subscription: Subscription): Promise<AsyncDisposable> {
    const consumer = new Consumer({ ...this.#options, connection: this.#connection, subscription });
    this.#consumers.add(consumer);
    await consumer.reading();
    return {
      [Symbol.asyncDispose]: async () => {
        this.#consumers.delete(consumer);
        await consumer[Symbol.asyncDispose]();
      },
    };
  }

  async deadLetters(group: string): Promise<readonly DeadLetter[]> {
    const channel = await this.#connection.createChannel();
    try {
      const letters: DeadLetter[] = [];
      while (letters.length < DEAD_LETTERS_READ_MAX) {
        const message = await channel.get(queuesOf(group).dead);
        if (message === false) break;
        const reason: unknown = message.properties.headers?.[REASON_HEADER];
        letters.push({
          event: readable(message.content),
          attempts: attemptOf(message),
          reason: typeof reason === 'string' ? reason : '',
        });
      }
      return letters;
    } finally {
      // What was fetched and not acknowledged goes back.
      await channel.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer[Symbol.asyncDispose]()));
    await this.#publisher[Symbol.asyncDispose]();
    await this.#connection.close();
  }
}

const RETRY_PAUSE_MS = 100;

const pause = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    clock.after(RETRY_PAUSE_MS, resolve);
  });

/** Rejects when the signal aborts; nobody need wait for it. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  // Mostly nobody does: a race that it did not win leaves it alone.
  promise.catch(() => undefined);
  const abort = (): void => {
    reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise;
}

function readable(content: Buffer): EventRecord | undefined {
  try {
    return decodeEvent(content);
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    return undefined;
  }
}
