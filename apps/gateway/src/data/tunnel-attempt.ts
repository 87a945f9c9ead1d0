import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '@portolan/kernel';
import type { Dispatcher } from 'undici';
import { rawFieldsOf, responseFields, type AnswerHead } from './response-fields.ts';

/** The endpoint speaks the other protocol from here on. */
export interface OpenTunnel {
  readonly head: AnswerHead;
  readonly upstream: Duplex;
}

/** How one attempt to open a tunnel through one endpoint ended. */
export type TunnelResult =
  | (OpenTunnel & { readonly kind: 'open' })
  /** The endpoint gave an ordinary answer instead; all of it went to the client. */
  | { readonly kind: 'declined'; readonly status: number }
  | { readonly kind: 'unsent' | 'lost'; readonly error: Error }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'client-gone' };

export interface TunnelAttemptOptions {
  readonly client: Duplex;
  readonly clock: Clock;
  readonly responseTimeoutMs: number;
  readonly dispatch: (handler: Dispatcher.DispatchHandler) => void;
}

/** Asks one endpoint for another protocol. Resolves when it has answered; never rejects. */
export function tunnelAttempt(options: TunnelAttemptOptions): Promise<TunnelResult> {
  return new Promise((resolve) => {
    new TunnelAttempt(options, resolve).start();
  });
}

class TunnelAttempt implements Dispatcher.DispatchHandler {
  readonly #options: TunnelAttemptOptions;
  readonly #settle: (result: TunnelResult) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: Timer | undefined;
  #givenUp: TunnelResult | undefined;
  #status = 0;
  #over = false;

  constructor(options: TunnelAttemptOptions, settle: (result: TunnelResult) => void) {
    this.#options = options;
    this.#settle = settle;
  }

  start(): void {
    const { client, dispatch } = this.#options;
    client.on('close', this.#onClientClose);
    client.on('drain', this.#onDrain);
    dispatch(this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp !== undefined) {
      controller.abort(new Error('the client is gone'));
      return;
    }
    const { clock, responseTimeoutMs } = this.#options;
    this.#timer = clock.after(responseTimeoutMs, () => {
      this.#giveUp({ kind: 'timeout' });
    });
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _fields: object, upstream: Duplex): void {
    this.#end({ kind: 'open', upstream, head: { status, reason: '', fields: rawFieldsOf(controller.rawHeaders) } });
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _fields: object, reason?: string): void {
    if (status < 200) return;
    this.#timer?.cancel();
    this.#status = status;
    const fields = responseFields(rawFieldsOf(controller.rawHeaders), true);
    this.#options.client.write(headText({ status, reason: reason ?? '', fields }));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#options.client.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#options.client.end();
    this.#end({ kind: 'declined', status: this.#status });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#givenUp !== undefined) this.#end(this.#givenUp);
    else if (this.#status !== 0) {
      this.#options.client.destroy();
      this.#end({ kind: 'declined', status: this.#status });
    } else this.#end({ kind: this.#controller === undefined ? 'unsent' : 'lost', error });
  }

  #giveUp(result: TunnelResult): void {
    this.#givenUp ??= result;
    this.#controller?.abort(new Error('given up'));
  }

  #end(result: TunnelResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#options.client.off('close', this.#onClientClose);
    this.#options.client.off('drain', this.#onDrain);
    this.#settle(result);
  }

  readonly #onClientClose = (): void => {
    this.#giveUp({ kind: 'client-gone' });
  };

  readonly #onDrain = (): void => {
    this.#controller?.resume();
  };
}

/** The head of an answer, as it goes over the wire. */
export function headText({ status, reason, fields }: AnswerHead): string {
  const lines = [`HTTP/1.1 ${status} ${reason}`];
  for (let at = 0; at + 1 < fields.length; at += 2) lines.push(`${fields[at] ?? ''}: ${fields[at + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
