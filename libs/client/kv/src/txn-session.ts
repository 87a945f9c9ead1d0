import type { SessionId } from '@portolan/kv';
import { SEQUENCE_WINDOW } from '@portolan/kv';
import { KvClientOverloadedError } from './errors.ts';

/** Transactions that wait for room in the window. Full: KvClientOverloadedError; waiting longer would only become a time-out. */
export const WAITING_TXNS_MAX = 4_096;

/**
 * Numbers the transactions of one session, and holds back those that would leave the store's window: the oldest without an answer
 * must still find its result when it is tried again.
 */
export class TxnSession {
  readonly id: SessionId;
  /** Ascending, because they are added in order. */
  readonly #underWay = new Set<number>();
  readonly #waiting = new Set<() => void>();
  /** 1 has begun the session. */
  #next = 2;

  constructor(id: SessionId) {
    this.id = id;
  }

  /** @throws KvClientOverloadedError, or the signal's reason */
  async take(signal: AbortSignal | undefined): Promise<number> {
    while (!this.#hasRoom()) {
      signal?.throwIfAborted();
      if (this.#waiting.size >= WAITING_TXNS_MAX) throw new KvClientOverloadedError('transactions', WAITING_TXNS_MAX);
      await this.#room(signal);
    }
    const sequence = this.#next;
    this.#next += 1;
    this.#underWay.add(sequence);
    return sequence;
  }

  /** Its answer is known, or nobody will ask for it again. */
  release(sequence: number): void {
    this.#underWay.delete(sequence);
    for (const resume of [...this.#waiting]) resume();
  }

  #hasRoom(): boolean {
    const [oldest = this.#next] = this.#underWay;
    return this.#next - oldest < SEQUENCE_WINDOW;
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        this.#waiting.delete(resume);
        signal?.removeEventListener('abort', resume);
        resolve();
      };
      this.#waiting.add(resume);
      signal?.addEventListener('abort', resume, { once: true });
    });
  }
}
