/** Messages not yet taken by the stream. Full: the stream is given up; the next one begins with the whole state anyway. */
export const OUTBOX_MAX = 10_000;

/** What this process still has to say on one stream, in order. Read once. */
export class Outbox<Message> implements AsyncIterable<Message> {
  readonly #onFull: () => void;
  #messages: Message[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  /** @param onFull gives the stream up */
  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  push(message: Message): void {
    if (this.#ended) return;
    if (this.#messages.length >= OUTBOX_MAX) {
      this.#onFull();
      return;
    }
    this.#messages.push(message);
    this.#wake();
  }

  /** Nothing more comes: the stream is half-closed after what is here. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void> {
    while (true) {
      const batch = this.#messages;
      this.#messages = [];
      yield* batch;
      if (this.#messages.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
