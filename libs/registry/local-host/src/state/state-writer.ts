import type { HostState, HostStateStore } from './host-state.ts';

/** Writes the newest state, one write at a time: whoever waits meanwhile shares the next one. */
export class StateWriter implements AsyncDisposable {
  readonly #store: HostStateStore;
  readonly #state: () => HostState;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param state of now */
  constructor(store: HostStateStore, state: () => HostState) {
    this.#store = store;
    this.#state = state;
  }

  /** Resolves once the state as it is now is on disk. @throws HostStateError */
  now(): Promise<void> {
    this.#next ??= (async () => {
      await this.#writing?.catch(() => undefined);
      this.#next = undefined;
      this.#writing = this.#store.write(this.#state());
      await this.#writing;
    })();
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.now();
  }
}
