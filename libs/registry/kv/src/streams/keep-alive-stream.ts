import type { Clock, Timer } from '@portolan/kernel';
import { StoreClosedError } from '../errors.ts';
import { RequestQueue } from './request-queue.ts';

/** A stream that nobody used for so long is closed. Longer than the pause between two keep-alives of any lease up to 3 minutes. */
const IDLE_MS = 60_000;

export interface KeepAliveStreamOptions<Request, Answer> {
  readonly clock: Clock;
  /** @returns the answers, in the order of the requests. Aborted, it ends */
  readonly open: (requests: AsyncIterable<Request>, signal: AbortSignal) => AsyncIterable<Answer>;
  /** What who asked is told when there was no answer in time. */
  readonly timedOut: (timeoutMs: number) => Error;
  /** Once. */
  readonly onClosed?: () => void;
}

/** Keep-alives of many leases on one stream. When it breaks, everything asked fails; the next one needs another stream. */
export class KeepAliveStream<Request, Answer> {
  readonly #options: KeepAliveStreamOptions<Request, Answer>;
  readonly #abort = new AbortController();
  readonly #requests = new RequestQueue<Request>();
  /** In the order asked, which is the order of the answers. Whoever asks bounds how many. */
  readonly #asked: PromiseWithResolvers<Answer>[] = [];
  #idle: Timer | undefined;

  constructor(options: KeepAliveStreamOptions<Request, Answer>) {
    this.#options = options;
    void this.#run(options.open(this.#requests.all(), this.#abort.signal));
  }

  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Asked and not answered yet. */
  get waiting(): number {
    return this.#asked.length;
  }

  /** Rejects with what the stream broke with, with `timedOut`, or with StoreClosedError when it was ended: each ends all of it. */
  async ask(request: Request, timeoutMs: number): Promise<Answer> {
    // It may have broken since whoever asks was given it, and nobody would answer.
    if (this.isClosed) throw this.#abort.signal.reason;
    const asked = Promise.withResolvers<Answer>();
    this.#asked.push(asked);
    this.#requests.push(request);
    this.#idle?.cancel();
    const { clock, timedOut } = this.#options;
    const timer = clock.after(timeoutMs, () => {
      this.close(timedOut(timeoutMs));
    });
    try {
      return await asked.promise;
    } finally {
      timer.cancel();
    }
  }

  close(reason: unknown): void {
    if (this.isClosed) return;
    this.#abort.abort(reason);
    this.#idle?.cancel();
    this.#requests.end();
    for (const asked of this.#asked.splice(0)) asked.reject(reason);
    this.#options.onClosed?.();
  }

  async #run(answers: AsyncIterable<Answer>): Promise<void> {
    try {
      for await (const answer of answers) {
        this.#asked.shift()?.resolve(answer);
        if (this.#asked.length === 0) this.#closeWhenIdle();
      }
      this.close(new StoreClosedError());
    } catch (error) {
      this.close(error);
    }
  }

  #closeWhenIdle(): void {
    this.#idle?.cancel();
    this.#idle = this.#options.clock.after(IDLE_MS, () => {
      this.close(new StoreClosedError());
    });
  }
}
