import type { CallOptions } from '@portolan/rpc';
import { Handover } from '../handover.ts';

/** A bidirectional call, request by request and answer by answer. Disposing cancels it. */
export class OpenStream<Request, Response> implements Disposable {
  readonly #requests = new Handover<Request>();
  readonly #abort = new AbortController();
  readonly #answers: AsyncIterator<Response>;

  constructor(call: (requests: AsyncIterable<Request>, options: CallOptions) => AsyncIterable<Response>) {
    this.#answers = call(this.#requests, { signal: this.#abort.signal })[Symbol.asyncIterator]();
  }

  send(request: Request): void {
    void this.#requests.offer(request, this.#abort.signal);
  }

  /** The next answer; undefined when the server has ended the stream. */
  async next(): Promise<Response | undefined> {
    const next = await this.#answers.next();
    return next.done === true ? undefined : next.value;
  }

  /** Nothing more is sent. */
  finish(): void {
    this.#requests.finish();
  }

  /** As when the process dies. */
  cancel(): void {
    this.#abort.abort();
    this.#answers.next().catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}
