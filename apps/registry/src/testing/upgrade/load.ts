/** Something that clients do for as long as an upgrade takes. Disposing ends it. */
export interface Load extends AsyncDisposable {
  /** For people, afterwards. */
  summary(): string;
  /** Ends it, and looks at everything that it was promised. @throws Error with what was broken */
  check(): Promise<void>;
}

/** Does one thing after the other, until it is ended. The first failure is kept for whoever ends it. */
export class Repeated implements AsyncDisposable {
  readonly #running: Promise<void>;
  #ends = false;
  #failure: Error | undefined;

  /** @param pauseMs between two of them */
  constructor(once: (turn: number) => Promise<void>, pauseMs: number) {
    this.#running = this.#run(once, pauseMs);
  }

  /** @throws what `once` threw */
  async end(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#running;
  }

  async #run(once: (turn: number) => Promise<void>, pauseMs: number): Promise<void> {
    for (let turn = 0; !this.#ends && this.#failure === undefined; turn += 1) {
      try {
        await once(turn);
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error('a load failed', { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
