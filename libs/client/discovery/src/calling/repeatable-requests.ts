/** One request and the end of it: all that a server stream sends. */
const KEPT_MAX = 2;

/**
 * The requests of a stream, which may be sent again from the first while no more than a few were taken. What was taken is
 * kept, so nothing is lost between one attempt and the next.
 */
export class RepeatableRequests<Request> {
  readonly #source: AsyncIterator<Request>;
  readonly #kept: Promise<IteratorResult<Request>>[] = [];
  #repeatable = true;

  constructor(source: AsyncIterable<Request>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Another attempt would send the same. */
  get repeatable(): boolean {
    return this.#repeatable;
  }

  /** All requests, from the first. Leaving it early leaves the source as it is. */
  attempt(): AsyncIterable<Request> {
    let taken = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const kept = this.#kept[taken] ?? this.#take();
          taken += 1;
          return kept;
        },
      }),
    };
  }

  /** No attempt follows: the source may clean up. Not waited for, since it may never settle. */
  release(): void {
    Promise.resolve(this.#source.return?.()).catch(() => undefined);
  }

  #take(): Promise<IteratorResult<Request>> {
    const next = this.#source.next();
    if (this.#kept.length < KEPT_MAX) this.#kept.push(next);
    else this.#repeatable = false;
    return next;
  }
}
