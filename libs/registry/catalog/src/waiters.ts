/** Promises for "something may have changed": each waiter looks again when woken. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wakeAll`. Rejects with the signal's reason. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const aborted = (): void => {
      resolve();
    };
    signal?.addEventListener('abort', aborted, { once: true });
    await promise;
    this.#waiting.delete(resolve);
    signal?.removeEventListener('abort', aborted);
    signal?.throwIfAborted();
  }

  wakeAll(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
