import type { Clock, Timer } from '@portolan/kernel';
import type { MemberAddresses } from '@portolan/raft-peers';
import type { Logger } from '@portolan/telemetry';

type PeerBook = readonly MemberAddresses[];

/** From a write that the disk refused to the next attempt, ms. What it is for is the next start: nothing waits for it. */
export const RETRY_MS = 5_000;

export interface PeerBookWriterOptions {
  readonly write: (book: PeerBook) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps the newest peer book on disk: one write at a time, and of those that come meanwhile the last. A disk that refuses it is asked
 * again, for a member goes on without. Disposing writes what is left, once.
 */
export class PeerBookWriter implements AsyncDisposable {
  readonly #options: PeerBookWriterOptions;
  #next: PeerBook | undefined;
  #writing: Promise<void> | undefined;
  #retry: Timer | undefined;
  #isRefused = false;
  #isClosed = false;

  constructor(options: PeerBookWriterOptions) {
    this.#options = options;
  }

  save(book: PeerBook): void {
    this.#next = book;
    if (this.#writing === undefined && this.#retry === undefined) this.#writing = this.#writeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    await this.#writing;
    await this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { write, logger } = this.#options;
    for (let book = this.#next; book !== undefined; book = this.#next) {
      this.#next = undefined;
      try {
        await write(book);
        if (this.#isRefused) logger.info('where members are is kept on disk again');
        this.#isRefused = false;
      } catch (error) {
        if (!isOfDisk(error)) throw error;
        this.#next ??= book;
        if (!this.#isRefused) logger.warn({ err: error }, 'where members are cannot be kept on disk: tried again');
        this.#isRefused = true;
        this.#retryLater();
        break;
      }
    }
    this.#writing = undefined;
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#retry = this.#options.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#writing ??= this.#writeAll();
    });
  }
}

function isOfDisk(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
}
