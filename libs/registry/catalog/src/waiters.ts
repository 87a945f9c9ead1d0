/** Promises for "something may have changed": each waiter looks again when woken. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wakeAll`. Rejects with the signal's reason. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    this.#waiting.add(wake);
    signal?.addEventListener('abort', wake, { once: true });
    await promise;
    this.#waiting.delete(wake);
    signal?.removeEventListener('abort', wake);
    signal?.throwIfAborted();
  }

  wakeAll(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
