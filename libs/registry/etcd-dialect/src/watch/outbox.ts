interface Taker<Message> {
  readonly resolve: (next: IteratorResult<Message, undefined>) => void;
  readonly reject: (reason: Error) => void;
}

interface InLine<Message> {
  readonly message: Message;
  readonly goOn: () => void;
}

/**
 * What the watches of one stream have to say, in the order in which they said it, no faster than the client takes it: one answer waits
 * for a client that takes none, and whoever has one more waits with it, in its place in the history. Hot path (apps/bench/registry,
 * `watch`): what comes while the client waits is handed to it at once.
 */
export class Outbox<Message> {
  #waiting: Message | undefined;
  readonly #line: InLine<Message>[] = [];
  #taker: Taker<Message> | undefined;
  #end: Error | undefined;

  /** @returns when the message is in its place, if not at once. After the end nothing is taken any more */
  put(message: Message): Promise<void> | undefined {
    const taker = this.#taker;
    if (this.#end !== undefined) return undefined;
    if (taker !== undefined) {
      this.#taker = undefined;
      taker.resolve({ done: false, value: message });
      return undefined;
    }
    if (this.#waiting === undefined) {
      this.#waiting = message;
      return undefined;
    }
    return new Promise((goOn) => {
      this.#line.push({ message, goOn });
    });
  }

  /** Whoever takes is thrown the reason, whoever puts goes on. The first reason counts. */
  fail(reason: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#waiting = undefined;
    this.#taker?.reject(reason);
    this.#taker = undefined;
    for (const { goOn } of this.#line.splice(0)) goOn();
  }

  /** One caller at a time. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const message = this.#waiting;
    if (message === undefined) {
      return new Promise((resolve, reject) => {
        this.#taker = { resolve, reject };
      });
    }
    const first = this.#line.shift();
    this.#waiting = first?.message;
    first?.goOn();
    return Promise.resolve({ done: false, value: message });
  }
}
