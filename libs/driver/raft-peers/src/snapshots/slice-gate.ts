import { assert } from '@portolan/kernel';

type Next = IteratorResult<Uint8Array, undefined>;

interface Waiting {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands slices from whoever receives them to whoever writes them, one at a time. The writer knows nothing of streams that break: to it,
 * what comes by several is one.
 */
export class SliceGate implements AsyncIterableIterator<Uint8Array, undefined> {
  #slice: Uint8Array | undefined;
  #waiting: Waiting | undefined;
  #end: { readonly error: unknown } | 'done' | undefined;
  #taken: (() => void) | undefined;

  /** Resolves when there is room for the next. Slices that come after the end are dropped. */
  async push(slice: Uint8Array): Promise<void> {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: slice });
      return;
    }
    assert(this.#slice === undefined, 'a slice is pushed when there is room for it');
    this.#slice = slice;
    await new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
  }

  finish(): void {
    this.#conclude('done');
  }

  fail(error: unknown): void {
    this.#slice = undefined;
    this.#conclude({ error });
  }

  next(): Promise<Next> {
    return new Promise((resolve, reject) => {
      const slice = this.#slice;
      if (slice !== undefined) {
        this.#slice = undefined;
        resolve({ done: false, value: slice });
        this.#release();
      } else if (this.#end === undefined) {
        this.#waiting = { resolve, reject };
      } else {
        settle({ resolve, reject }, this.#end);
      }
    });
  }

  /** The writer gives up. */
  return(): Promise<Next> {
    this.#slice = undefined;
    this.#conclude('done');
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #conclude(end: { readonly error: unknown } | 'done'): void {
    this.#end ??= end;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) settle(waiting, this.#end);
    if (this.#slice === undefined) this.#release();
  }

  #release(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}

function settle({ resolve, reject }: Waiting, end: { readonly error: unknown } | 'done'): void {
  if (end === 'done') resolve({ done: true, value: undefined });
  else reject(end.error);
}
