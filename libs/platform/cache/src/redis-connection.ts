import { assert, type Clock } from '@portolan/kernel';
import { Redis } from 'ioredis';

/** A cache that takes longer than this is no help. */
export const COMMAND_TIMEOUT_MS = 100;
/** After a failure nobody waits for the server for so long; then one caller tries. */
export const AWAY_MS = 1_000;
const RECONNECT_DELAY_MIN_MS = 50;
const RECONNECT_DELAY_MAX_MS = 1_000;

export interface RedisConnectionOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://`. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: RedisLogger;
}

export interface RedisLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * One connection that comes back by itself. Whoever uses it does without while the server is away, hangs or restarts: nobody
 * waits longer than `COMMAND_TIMEOUT_MS`, and after one failure all but one caller in `AWAY_MS` do not wait at all.
 */
export class RedisConnection implements AsyncDisposable {
  readonly client: Redis;
  readonly #clock: Clock;
  readonly #logger: RedisLogger;
  /** Undefined while all is well. */
  #awayUntil: number | undefined;
  #closed = false;

  constructor({ url, clock, logger }: RedisConnectionOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.client = new Redis(url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      // A command that waits for a connection is late already.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      enableReadyCheck: true,
      connectTimeout: 2_000,
      retryStrategy: (attempt) => Math.min(RECONNECT_DELAY_MIN_MS * 2 ** Math.min(attempt, 10), RECONNECT_DELAY_MAX_MS),
    });
    this.client.on('error', (error) => {
      this.#failed(error);
    });
    this.client.on('close', () => {
      this.#failed(new Error('the connection has closed'));
    });
    this.client.on('ready', () => {
      this.#succeeded();
    });
  }

  get available(): boolean {
    return this.client.status === 'ready' && this.#awayUntil === undefined;
  }

  /** @returns undefined when the server is away or did not answer in time */
  async attempt<Answer>(command: (client: Redis) => Promise<Answer>): Promise<Answer | undefined> {
    assert(!this.#closed, 'nobody asks after the end');
    if (this.client.status !== 'ready') return undefined;
    const now = this.#clock.now();
    if (this.#awayUntil !== undefined) {
      if (now < this.#awayUntil) return undefined;
      // This caller tries; the others go on without.
      this.#awayUntil = now + AWAY_MS;
    }
    try {
      const answer = await command(this.client);
      this.#succeeded();
      return answer;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    if (this.#awayUntil === undefined) this.#logger.warn({ err: error }, 'Redis is away; going on without it');
    this.#awayUntil = this.#clock.now() + AWAY_MS;
  }

  #succeeded(): void {
    if (this.#awayUntil !== undefined) this.#logger.info({}, 'Redis is there again');
    this.#awayUntil = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.client.disconnect();
  }
}
