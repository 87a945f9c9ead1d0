import { randomUUID } from 'node:crypto';
import { request, type Answer } from './request.ts';

/** What clients do at the same time, again and again. */
export const ERRANDS = ['web page', 'mobile page', 'order', 'registered by the registrar'] as const;
export type Errand = (typeof ERRANDS)[number];

/**
 * What clients saw of one errand.
 * - `answered`: every call, whole
 * - `partial`: every call, some without an optional part
 * - `late`: some were told that it took too long (504)
 * - `lost`: some failed otherwise
 */
export type Experience = 'answered' | 'partial' | 'late' | 'lost';

export interface Seen {
  calls: number;
  partial: number;
  late: number;
  lost: number;
  slowestMs: number;
}

/** Longer than anything on the way waits. */
const CLIENT_TIMEOUT_MS = 20_000;
const PAUSE_MS = 15;
/** An order that got no answer is sent again under its key, as every client should. */
const ORDER_ATTEMPTS = 6;

export function experienceOf({ partial, late, lost }: Seen): Experience {
  if (lost > 0) return 'lost';
  if (late > 0) return 'late';
  return partial > 0 ? 'partial' : 'answered';
}

/** Ordered in turn, so that no shelf is empty soon. */
const FIRST_ORDERED = 100;
const PRODUCTS_ORDERED = 100;

/** Clients of the whole system, each with one call at a time, that count what they see. */
export class ClientLoad implements AsyncDisposable {
  /** Of every order that was placed. */
  readonly orders: string[] = [];
  readonly #url: string;
  readonly #token: string;
  #seen = new Map<Errand, Seen>();
  #over = false;
  #orderCount = 0;
  readonly #running: Promise<unknown>;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#reset();
    // Two clients an errand: while one waits for a process that hangs, the other goes on.
    this.#running = Promise.all([...ERRANDS, ...ERRANDS].map((errand) => this.#run(errand)));
  }

  /** What was seen since the last time. */
  take(): ReadonlyMap<Errand, Seen> {
    const seen = this.#seen;
    this.#reset();
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  #reset(): void {
    this.#seen = new Map(ERRANDS.map((errand) => [errand, { calls: 0, partial: 0, late: 0, lost: 0, slowestMs: 0 }]));
  }

  async #run(errand: Errand): Promise<void> {
    while (!this.#isOver()) {
      const seen = this.#seen.get(errand);
      if (seen === undefined) throw new Error(`nobody counts ${errand}`);
      const startedAt = performance.now();
      await this.#once(errand, seen);
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #once(errand: Errand, seen: Seen): Promise<void> {
    const answer = errand === 'order' ? await this.#order() : await this.#get(errand);
    seen.calls += 1;
    if (answer === undefined) seen.lost += 1;
    else if (answer.status === 504) seen.late += 1;
    else if (answer.status >= 300) seen.lost += 1;
    else if (answer.body.includes('"missing"')) seen.partial += 1;
  }

  #get(errand: Exclude<Errand, 'order'>): Promise<Answer | undefined> {
    const url = this.#url;
    switch (errand) {
      case 'web page':
        return attempt(`${url}/web/products/1`);
      case 'mobile page':
        return attempt(`${url}/mobile/v1/products/1`);
      case 'registered by the registrar':
        return attempt(`${url}/`, { headers: { host: 'legacy.localhost' } });
      default:
        return errand satisfies never;
    }
  }

  async #order(): Promise<Answer | undefined> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      'x-portolan-csrf': '1',
      'idempotency-key': randomUUID(),
    };
    this.#orderCount += 1;
    const productId = String(FIRST_ORDERED + (this.#orderCount % PRODUCTS_ORDERED));
    const body = JSON.stringify({ lines: [{ productId, quantity: 1 }] });
    for (let left = ORDER_ATTEMPTS; ; left -= 1) {
      const answer = await attempt(`${this.#url}/web/orders`, { method: 'POST', headers, body });
      if (answer?.status === 201) this.orders.push(String(answer.json().id));
      // An answer like any other: the shelf is empty.
      if (answer?.body.includes('SHOP_OUT_OF_STOCK') === true) return { ...answer, status: 200 };
      if (answer !== undefined && answer.status < 500 && answer.status !== 409) return answer;
      if (left === 1) return answer;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isOver(): boolean {
    return this.#over;
  }
}

/** @returns undefined: no answer came */
async function attempt(...[url, options]: Parameters<typeof request>): Promise<Answer | undefined> {
  const timedOut = new Promise<undefined>((resolve) => {
    setTimeout(resolve, CLIENT_TIMEOUT_MS, undefined).unref();
  });
  return Promise.race([request(url, options).catch(() => undefined), timedOut]);
}
