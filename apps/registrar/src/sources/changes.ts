/** A bell: rung any number of times between two looks, it is heard once. */
export class Changes {
  #rung = true;
  #wake: () => void = () => undefined;

  /** Something may have changed. */
  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Resolves at once for the first time, then after each ring. @returns false when `signal` has aborted */
  async next(signal: AbortSignal): Promise<boolean> {
    const wake = (): void => {
      this.#wake();
    };
    signal.addEventListener('abort', wake, { once: true });
    while (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    signal.removeEventListener('abort', wake);
    this.#rung = false;
    return !signal.aborted;
  }
}
