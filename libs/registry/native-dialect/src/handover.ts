interface Offer<Item> {
  readonly item: Item;
  readonly settle: () => void;
}

type End = { readonly reason: 'done' } | { readonly reason: 'failed'; readonly error: unknown };

/**
 * Many producers, one consumer. A producer waits until its item is taken, so no more items wait than there are
 * producers, whatever the pace of the consumer. First offered, first taken.
 */
export class Handover<Item> implements AsyncIterable<Item> {
  readonly #offers = new Set<Offer<Item>>();
  #end: End | undefined;
  #wake = Promise.withResolvers<undefined>();

  /** Resolves when the item is taken, when `signal` withdraws it, or when nobody will take it any more. */
  offer(item: Item, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener('abort', settle);
        this.#offers.delete(offer);
        resolve();
      };
      const offer = { item, settle };
      this.#offers.add(offer);
      signal.addEventListener('abort', settle, { once: true });
      this.#wake.resolve(undefined);
    });
  }

  /** The consumer ends after what is offered now. */
  finish(): void {
    this.#close({ reason: 'done' });
  }

  /** The consumer fails at once; what is offered is dropped. */
  fail(error: unknown): void {
    if (this.#end?.reason === 'failed') return;
    for (const { settle } of this.#offers) settle();
    this.#close({ reason: 'failed', error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      if (this.#end?.reason === 'failed') throw this.#end.error;
      const [offer] = this.#offers;
      if (offer !== undefined) {
        offer.settle();
        yield offer.item;
      } else if (this.#end === undefined) {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      } else return;
    }
  }

  #close(end: End): void {
    this.#end = end;
    this.#wake.resolve(undefined);
  }
}
