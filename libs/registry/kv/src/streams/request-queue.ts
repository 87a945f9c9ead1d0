/** Requests of one stream, sent in the order they are pushed. Whoever pushes bounds how many. */
export class RequestQueue<Request> {
  #waiting: Request[] = [];
  #wake: () => void = () => undefined;
  #isEnded = false;

  push(request: Request): void {
    this.#waiting.push(request);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *all(): AsyncGenerator<Request, void, undefined> {
    while (!this.#isEnded) {
      const batch = this.#waiting;
      this.#waiting = [];
      yield* batch;
      if (this.#waiting.length === 0) await this.#pushed();
    }
  }

  #pushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isEnded || this.#waiting.length > 0) resolve();
    });
  }
}
