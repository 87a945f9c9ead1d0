import type { Clock } from '@portolan/kernel';
import type { ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import type { MessagingLogger } from '../messaging.ts';

/** A broker that refuses what we declare does so again at once. */
const REOPEN_MS = 1_000;

export interface KeptChannelOptions {
  readonly connection: Pick<RecoveringChannelModel, 'createConfirmChannel'>;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  /** Runs on every channel before it is used. */
  readonly prepare: (channel: ConfirmChannel) => Promise<void>;
}

/** A channel that is opened again whenever it closes: with its connection, or alone. */
export class KeptChannel implements AsyncDisposable {
  readonly #options: KeptChannelOptions;
  #opening = Promise.withResolvers<ConfirmChannel>();
  #channel: ConfirmChannel | undefined;
  #disposed = false;

  constructor(options: KeptChannelOptions) {
    this.#options = options;
    void this.#open();
  }

  /** The channel, as soon as there is one. */
  get ready(): Promise<ConfirmChannel> {
    return this.#opening.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel === undefined) return;
    try {
      await channel.close();
    } catch (error) {
      this.#options.logger.info({ err: error }, 'the channel had closed already');
    }
  }

  async #open(): Promise<void> {
    const { connection, logger, prepare } = this.#options;
    let channel: ConfirmChannel | undefined;
    try {
      channel = await connection.createConfirmChannel();
      // Heard first: what `prepare` does may close it.
      const opened = channel;
      opened.on('error', (error) => {
        logger.warn({ err: error }, 'RabbitMQ closed a channel');
      });
      opened.once('close', () => {
        this.#closed(opened);
      });
      await prepare(opened);
      if (this.#isDisposed()) {
        await opened.close();
        return;
      }
      this.#channel = opened;
      this.#opening.resolve(opened);
    } catch (error) {
      if (this.#isDisposed()) return;
      logger.warn({ err: error }, 'cannot open a channel to RabbitMQ; trying again');
      this.#reopen();
    }
  }

  #closed(channel: ConfirmChannel): void {
    // One that never came so far is dealt with where it was opened.
    if (this.#channel !== channel || this.#isDisposed()) return;
    this.#channel = undefined;
    this.#opening = Promise.withResolvers();
    this.#reopen();
  }

  #reopen(): void {
    this.#options.clock.after(REOPEN_MS, () => {
      if (!this.#isDisposed()) void this.#open();
    });
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isDisposed(): boolean {
    return this.#disposed;
  }
}
