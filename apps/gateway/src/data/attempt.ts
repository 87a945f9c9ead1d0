import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '@portolan/kernel';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors.ts';
import { rawFieldsOf, responseFields } from './response-fields.ts';

/** How one attempt to have a request answered by one endpoint ended. */
export type AttemptResult =
  /** The whole answer went to the client. */
  | { readonly kind: 'answered'; readonly status: number; readonly firstByteMs: number }
  /** The answer had begun and broke off: the client's connection is cut, so that it does not take the part for the whole. */
  | { readonly kind: 'cut'; readonly status: number; readonly error: Error }
  /** No byte of the request reached the endpoint. */
  | { readonly kind: 'unsent'; readonly error: Error }
  /** The request, or a part of it, was sent; the connection ended before an answer began. */
  | { readonly kind: 'lost'; readonly error: Error }
  /** The request was sent and no answer began in time. */
  | { readonly kind: 'timeout' }
  /** The request itself turned out to be unacceptable. */
  | { readonly kind: 'refused'; readonly error: GatewayError }
  | { readonly kind: 'client-gone' };

export interface AttemptOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly responseTimeoutMs: number;
  /** Asked when the answer begins: whether the connection to the client ends with it. */
  readonly closing: () => boolean;
  readonly dispatch: (handler: Dispatcher.DispatchHandler) => void;
}

/** Why an attempt was given up from this side; undici hands it back as the error. */
class GivenUp extends Error {
  readonly result: AttemptResult;
  constructor(result: AttemptResult) {
    super(`given up: ${result.kind}`);
    this.result = result;
  }
}

/** Sends the request to one endpoint and the answer, as it comes, to the client. Resolves when that is over; never rejects. */
export function attempt(options: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve) => {
    new Attempt(options, resolve).start();
  });
}

class Attempt implements Dispatcher.DispatchHandler {
  readonly #options: AttemptOptions;
  readonly #settle: (result: AttemptResult) => void;
  readonly #startedAt: number;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: Timer | undefined;
  /** When the endpoint last took a part of the request: its time to answer runs from then. */
  #sentAt = 0;
  /** Status of the answer, once it has begun. */
  #status = 0;
  #firstByteMs = 0;
  #over = false;
  #clientGone = false;

  constructor(options: AttemptOptions, settle: (result: AttemptResult) => void) {
    this.#options = options;
    this.#settle = settle;
    this.#startedAt = options.clock.now();
  }

  start(): void {
    const { response, dispatch } = this.#options;
    if (response.destroyed) {
      this.#end({ kind: 'client-gone' });
      return;
    }
    response.on('close', this.#onClientClose);
    response.on('drain', this.#onDrain);
    try {
      dispatch(this);
    } catch (error) {
      this.#end({ kind: 'unsent', error: toError(error) });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#clientGone) {
      controller.abort(new GivenUp({ kind: 'client-gone' }));
      return;
    }
    this.#sentAt = this.#options.clock.now();
    this.#armTimer(this.#options.responseTimeoutMs);
  }

  onBodySent(): void {
    this.#sentAt = this.#options.clock.now();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _fields: object, reason?: string): void {
    // Informational answers are between the endpoint and the gateway.
    if (status < 200) return;
    this.#timer?.cancel();
    const { response, clock, closing } = this.#options;
    this.#status = status;
    this.#firstByteMs = clock.now() - this.#startedAt;
    const fields = responseFields(rawFieldsOf(controller.rawHeaders), closing());
    response.writeHead(status, reason ?? '', fields);
    response.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#options.response.write(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const { response } = this.#options;
    const trailers = rawFieldsOf(controller.rawTrailers);
    if (trailers.length > 0) response.addTrailers(pairsOf(trailers));
    response.end();
    this.#end({ kind: 'answered', status: this.#status, firstByteMs: this.#firstByteMs });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(this.#resultOf(error));
  }

  #resultOf(error: Error): AttemptResult {
    const { request } = this.#options;
    if (error instanceof GivenUp) return error.result;
    if (this.#clientGone || (request.destroyed && !request.complete)) return { kind: 'client-gone' };
    if (this.#status !== 0) return { kind: 'cut', status: this.#status, error };
    if (error instanceof GatewayError) return { kind: 'refused', error };
    return { kind: this.#controller === undefined ? 'unsent' : 'lost', error };
  }

  #end(result: AttemptResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    const { response } = this.#options;
    response.off('close', this.#onClientClose);
    response.off('drain', this.#onDrain);
    if (result.kind === 'cut') response.destroy();
    this.#settle(result);
  }

  #armTimer(delayMs: number): void {
    const { clock, responseTimeoutMs } = this.#options;
    this.#timer = clock.after(delayMs, () => {
      const left = this.#sentAt + responseTimeoutMs - clock.now();
      if (left > 0) this.#armTimer(left);
      else this.#controller?.abort(new GivenUp({ kind: 'timeout' }));
    });
  }

  readonly #onClientClose = (): void => {
    this.#clientGone = true;
    // Without a controller the connection is still being made: the request is dropped when it could start.
    this.#controller?.abort(new GivenUp({ kind: 'client-gone' }));
  };

  readonly #onDrain = (): void => {
    this.#controller?.resume();
  };
}

function pairsOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) pairs.push([fields[at] ?? '', fields[at + 1] ?? '']);
  return pairs;
}

const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
