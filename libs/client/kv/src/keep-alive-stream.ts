import type { KeepLeaseAliveRequest, KeepLeaseAliveResponse, KvServiceService } from '@portolan/contracts/kv';
import type { Clock, Principal, Timer } from '@portolan/kernel';
import { StoreClosedError, type LeaseId } from '@portolan/kv';
import { RpcError, type Client } from '@portolan/rpc';
import { KvClientOverloadedError } from './errors.ts';

/** Keep-alives asked and not yet answered. Full: KvClientOverloadedError; one client holding more leases needs fewer, shared ones. */
export const WAITING_KEEP_ALIVES_MAX = 10_000;

/** A stream that nobody used for so long is closed. Longer than the pause between two keep-alives of any lease up to 3 minutes. */
const IDLE_MS = 60_000;

type Asked = PromiseWithResolvers<KeepLeaseAliveResponse>;

/** All keep-alives of one principal on one stream. When it breaks, everything asked fails; the next one opens another stream. */
export class KeepAliveStream {
  readonly #clock: Clock;
  readonly #onClosed: () => void;
  readonly #abort = new AbortController();
  #toSend: KeepLeaseAliveRequest[] = [];
  /** In the order asked, which is the order of the answers. */
  readonly #asked: Asked[] = [];
  #wake: () => void = () => undefined;
  #idle: Timer | undefined;

  constructor(client: Client<typeof KvServiceService>, principal: Principal, clock: Clock, onClosed: () => void) {
    this.#clock = clock;
    this.#onClosed = onClosed;
    void this.#run(client.keepLeaseAlive(this.#requests(), { principal, signal: this.#abort.signal }));
  }

  /** Rejects with an RpcError, or StoreClosedError when the server ended the stream. */
  async ask(id: LeaseId, timeoutMs: number): Promise<KeepLeaseAliveResponse> {
    if (this.#asked.length >= WAITING_KEEP_ALIVES_MAX) {
      throw new KvClientOverloadedError('keep-alives', WAITING_KEEP_ALIVES_MAX);
    }
    const asked: Asked = Promise.withResolvers();
    this.#asked.push(asked);
    this.#toSend.push({ id });
    this.#idle?.cancel();
    this.#wake();
    const timer = this.#clock.after(timeoutMs, () => {
      this.close(timedOut(timeoutMs));
    });
    try {
      return await asked.promise;
    } finally {
      timer.cancel();
    }
  }

  close(reason: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(reason);
    this.#idle?.cancel();
    this.#wake();
    for (const asked of this.#asked.splice(0)) asked.reject(reason);
    this.#onClosed();
  }

  async *#requests(): AsyncGenerator<KeepLeaseAliveRequest, void, undefined> {
    while (!this.#abort.signal.aborted) {
      const batch = this.#toSend;
      this.#toSend = [];
      yield* batch;
      if (this.#toSend.length === 0) await this.#nothingToSend();
    }
  }

  #nothingToSend(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#abort.signal.aborted || this.#toSend.length > 0) resolve();
    });
  }

  async #run(answers: AsyncIterable<KeepLeaseAliveResponse>): Promise<void> {
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
    this.#idle = this.#clock.after(IDLE_MS, () => {
      this.close(new StoreClosedError());
    });
  }
}

function timedOut(timeoutMs: number): RpcError {
  return new RpcError(`a keep-alive was not answered within ${String(timeoutMs)} ms`, {
    code: 'RPC_DEADLINE_EXCEEDED',
    kind: 'deadline',
    fix: 'see that the registry is reachable and not overloaded',
    reachedServer: true,
  });
}
