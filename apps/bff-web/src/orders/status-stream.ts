import type { Clock, Timer } from '@portolan/kernel';
import { ORDER_STATUSES, type OrderStatusName } from '@portolan/shop/order-events';
import type { Response } from 'express';
import type { OrderFeed } from './order-feed.ts';

/** Proxies cut what is silent for longer, and a client that is gone is noticed by the write. */
export const HEARTBEAT_MS = 15_000;
/** How long a browser waits before it connects again. */
const RECONNECT_MS = 2_000;

export interface StatusStreamOptions {
  readonly feed: OrderFeed;
  readonly clock: Clock;
  readonly orderId: string;
  /** Reads the order's status. */
  readonly read: () => Promise<OrderStatusName>;
  /** Aborted when the process ends. */
  readonly ending: AbortSignal;
}

/**
 * An order's status as server-sent events (WHATWG HTML §9.2): what it is now, then each that it comes to, never one of before.
 * With each heartbeat the status is read again, so that an event that was lost costs some seconds.
 */
export class StatusStream implements Disposable {
  readonly #options: StatusStreamOptions;
  readonly #response: Response;
  readonly #listening: Disposable;
  #heartbeat: Timer | undefined;
  /** Undefined until the first was written; what comes before that waits. */
  #written: OrderStatusName | undefined;
  #early: OrderStatusName | undefined;
  #disposed = false;
  readonly #end = (): void => {
    this[Symbol.dispose]();
    this.#response.end();
  };

  constructor(response: Response, options: StatusStreamOptions) {
    this.#options = options;
    this.#response = response;
    // Before the order is read: nothing falls between.
    this.#listening = options.feed.listen(options.orderId, ({ status }) => {
      this.#come(status);
    });
    // Before anything is waited for: a client that leaves meanwhile leaves nothing behind.
    options.ending.addEventListener('abort', this.#end, { once: true });
    response.once('close', () => {
      this[Symbol.dispose]();
    });
    if (response.closed) this[Symbol.dispose]();
  }

  /** Writes the first status and goes on until the client leaves or the process ends. @throws what `read` throws */
  async begin(): Promise<void> {
    const status = await this.#options.read();
    if (this.#disposed) return;
    this.#response
      .status(200)
      .set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' })
      .write(`retry: ${RECONNECT_MS}\n\n`);
    this.#write(this.#early === undefined ? status : later(status, this.#early));
    this.#beat();
    if (this.#options.ending.aborted) this.#end();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#heartbeat?.cancel();
    this.#listening[Symbol.dispose]();
    this.#options.ending.removeEventListener('abort', this.#end);
  }

  #come(status: OrderStatusName): void {
    if (this.#written === undefined) this.#early = this.#early === undefined ? status : later(this.#early, status);
    else if (later(this.#written, status) !== this.#written) this.#write(status);
  }

  #write(status: OrderStatusName): void {
    this.#written = status;
    const data = JSON.stringify({ orderId: this.#options.orderId, status });
    this.#response.write(`event: status\nid: ${status}\ndata: ${data}\n\n`);
  }

  #beat(): void {
    if (this.#disposed) return;
    this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#response.write(': still there\n\n');
      this.#options.read().then(
        (status) => {
          if (!this.#disposed) this.#come(status);
          this.#beat();
        },
        () => {
          // The next heartbeat asks again.
          this.#beat();
        },
      );
    });
  }
}

const later = (one: OrderStatusName, other: OrderStatusName): OrderStatusName =>
  ORDER_STATUSES.indexOf(other) > ORDER_STATUSES.indexOf(one) ? other : one;
