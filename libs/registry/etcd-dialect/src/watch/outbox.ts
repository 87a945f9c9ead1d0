/** Answers that wait for a client that takes none. Whoever has one more waits with it, in its place in the history. */
const WAITING_MAX = 1;

/** What the watches of one stream have to say, in the order in which they said it, no faster than the client takes it. */
export class Outbox<Message> {
  readonly #waiting: Message[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #some: PromiseWithResolvers<void> | undefined;
  #end: { readonly reason: unknown } | undefined;

  /** Resolves when the message is in its place. After the end nothing is taken any more, and it resolves too. */
  async put(message: Message): Promise<void> {
    while (this.#waiting.length >= WAITING_MAX && this.#end === undefined) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
    if (this.#end !== undefined) return;
    this.#waiting.push(message);
    this.#some?.resolve();
    this.#some = undefined;
  }

  /** Whoever takes is thrown the reason, whoever puts goes on. */
  fail(reason: unknown): void {
    this.#end ??= { reason };
    this.#some?.resolve();
    this.#room?.resolve();
  }

  async *take(): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      if (this.#end !== undefined) throw this.#end.reason;
      const message = this.#waiting.shift();
      if (message === undefined) {
        this.#some ??= Promise.withResolvers();
        await this.#some.promise;
        continue;
      }
      this.#room?.resolve();
      this.#room = undefined;
      yield message;
    }
  }
}
