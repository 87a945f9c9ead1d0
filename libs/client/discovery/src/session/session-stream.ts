import type {
  CatalogServiceService,
  OpenSession,
  SessionOpened,
  SessionRequest,
  SessionResponse,
} from '@portolan/contracts/catalog';
import type { ErrorDetail } from '@portolan/contracts/error';
import { PortolanError, type Clock, type ErrorKind } from '@portolan/kernel';
import type { Client } from '@portolan/rpc';
import { kindOf } from '../errors.ts';
import { Outbox } from '../registry/outbox.ts';

/** A request not answered for so long: the registry is stuck, and another stream is tried. */
export const ANSWER_MS = 5_000;

/** The registry's own words about one request of a stream that goes on. */
export class SessionRequestError extends PortolanError {
  readonly code = 'DISCOVERY_SESSION_REQUEST_FAILED';
  readonly kind: ErrorKind;
  readonly detail: ErrorDetail;

  constructor(detail: ErrorDetail) {
    super(detail.message, { fix: detail.fix, context: { reason: detail.code } });
    this.kind = kindOf(detail);
    this.detail = detail;
  }
}

type Asked = PromiseWithResolvers<SessionResponse>;

/** One session stream: each request gets its answer, by its id. */
export class SessionStream {
  readonly #clock: Clock;
  readonly #broken = new AbortController();
  readonly #outbox: Outbox<SessionRequest>;
  /** Bounded by the outbox: whoever asks waits for the answer. */
  readonly #asked = new Map<bigint, Asked>();
  #lastId = 0n;

  /** @param signal gives the stream up */
  constructor(client: Client<typeof CatalogServiceService>, clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#outbox = new Outbox(() => {
      this.break(new Error('too many requests wait in this session'));
    });
    void this.#read(client.session(this.#outbox, { signal: AbortSignal.any([signal, this.#broken.signal]) }), signal);
  }

  /** Aborted when it is no longer of use; the reason says why. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  async open(request: OpenSession): Promise<SessionOpened> {
    const answer = await this.ask({ $case: 'open', value: request });
    if (answer?.$case === 'opened') return answer.value;
    const reason = new Error('the registry answered a session with something else than that it is open');
    this.break(reason);
    throw reason;
  }

  /** @throws SessionRequestError, or what broke the stream */
  async ask(request: NonNullable<SessionRequest['request']>): Promise<SessionResponse['response']> {
    this.#broken.signal.throwIfAborted();
    const id = (this.#lastId += 1n);
    const asked: Asked = Promise.withResolvers();
    this.#asked.set(id, asked);
    const timer = this.#clock.after(ANSWER_MS, () => {
      this.break(new DOMException(`the registry did not answer within ${ANSWER_MS} ms`, 'TimeoutError'));
    });
    this.#outbox.push({ id, request });
    try {
      const { response } = await asked.promise;
      if (response?.$case === 'failed') throw new SessionRequestError(response.value);
      return response;
    } finally {
      timer.cancel();
      this.#asked.delete(id);
    }
  }

  /** Nothing more is asked: the registry forgets the session at once, and ends the stream. */
  sayGoodbye(): void {
    this.#outbox.end();
  }

  break(reason: unknown): void {
    if (this.#broken.signal.aborted) return;
    this.#broken.abort(reason);
    this.#outbox.end();
    for (const asked of this.#asked.values()) asked.reject(reason);
  }

  async #read(answers: AsyncIterable<SessionResponse>, signal: AbortSignal): Promise<void> {
    try {
      for await (const answer of answers) this.#asked.get(answer.id)?.resolve(answer);
      this.break(new Error('the registry ended the session'));
    } catch (error) {
      this.break(signal.aborted ? signal.reason : error);
    }
  }
}
