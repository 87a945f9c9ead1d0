import { LeaseService, type LeaseKeepAliveRequest, type LeaseKeepAliveResponse } from '@portolan/contracts/etcd/lease';
import type { Clock, Timer } from '@portolan/kernel';
import { StoreClosedError, type LeaseId } from '@portolan/kv';
import { createClient, RpcError } from '@portolan/rpc';
import type { Route } from './channel/etcd-channel.ts';
import { RequestQueue } from './request-queue.ts';

/** A stream that nobody used for so long is closed. Longer than the pause between two keep-alives of any lease up to 3 minutes. */
const IDLE_MS = 60_000;

type Asked = PromiseWithResolvers<LeaseKeepAliveResponse>;

/** All keep-alives on one stream of one connection. When it breaks, everything asked fails; the next one needs another stream. */
export class KeepAliveStream {
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #requests = new RequestQueue<LeaseKeepAliveRequest>();
  /** In the order asked, which is the order of the answers. Bounded by callers: each waits for its answer, not longer than its time. */
  readonly #asked: Asked[] = [];
  #idle: Timer | undefined;

  constructor({ connection, headers }: Route, clock: Clock) {
    this.#clock = clock;
    const client = createClient(LeaseService, connection);
    void this.#run(client.leaseKeepAlive(this.#requests.all(), { headers, signal: this.#abort.signal }));
  }

  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Rejects with an RpcError, or StoreClosedError when the stream was ended. */
  async ask(id: LeaseId, timeoutMs: number): Promise<LeaseKeepAliveResponse> {
    // It may have broken since whoever asks was given it, and nobody would answer.
    if (this.isClosed) throw this.#abort.signal.reason;
    const asked: Asked = Promise.withResolvers();
    this.#asked.push(asked);
    this.#requests.push({ ID: id });
    this.#idle?.cancel();
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
    if (this.isClosed) return;
    this.#abort.abort(reason);
    this.#idle?.cancel();
    this.#requests.end();
    for (const asked of this.#asked.splice(0)) asked.reject(reason);
  }

  async #run(answers: AsyncIterable<LeaseKeepAliveResponse>): Promise<void> {
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
    fix: 'see that etcd is reachable and has a leader',
    reachedServer: true,
  });
}
