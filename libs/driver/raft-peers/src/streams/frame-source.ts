type Next = IteratorResult<Buffer, undefined>;

interface Waiting {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: Error) => void;
}

type End = { readonly kind: 'finished' } | { readonly kind: 'failed'; readonly error: Error };

const DONE: Next = { done: true, value: undefined };

/**
 * The frames of one side of a stream, made when the stream takes them and not before: so what is sent is the newest, in the right
 * order, and back-pressure reaches whoever fills it.
 */
export class FrameSource implements AsyncIterableIterator<Buffer, undefined> {
  readonly #fill: () => Buffer | undefined;
  #waiting: Waiting | undefined;
  #end: End | undefined;

  /** @param fill the next frame; undefined: nothing is to be said, and `wake` is called when something is */
  constructor(fill: () => Buffer | undefined) {
    this.#fill = fill;
  }

  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const frame = this.#fill();
    if (frame === undefined) return;
    this.#waiting = undefined;
    waiting.resolve({ done: false, value: frame });
  }

  next(): Promise<Next> {
    return new Promise((resolve, reject) => {
      const end = this.#end;
      if (end !== undefined) {
        conclude({ resolve, reject }, end);
        return;
      }
      const frame = this.#fill();
      if (frame === undefined) this.#waiting = { resolve, reject };
      else resolve({ done: false, value: frame });
    });
  }

  /** Nothing more is said. */
  finish(): void {
    this.#conclude({ kind: 'finished' });
  }

  /** The stream ends for this reason. */
  fail(error: Error): void {
    this.#conclude({ kind: 'failed', error });
  }

  /** Nobody takes frames any more. */
  return(): Promise<Next> {
    this.finish();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #conclude(end: End): void {
    this.#end ??= end;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) conclude(waiting, this.#end);
  }
}

function conclude({ resolve, reject }: Waiting, end: End): void {
  if (end.kind === 'finished') resolve(DONE);
  else reject(end.error);
}
