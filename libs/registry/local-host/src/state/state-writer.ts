import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import { WRITE_DELAY_MS } from '../limits.ts';
import type { HostLogger } from '../logger.ts';
import type { HostState, HostStateStore } from './host-state.ts';

export interface StateWriterOptions {
  readonly store: HostStateStore;
  readonly clock: Clock;
  readonly logger: HostLogger;
  /** Of now. */
  readonly state: () => HostState;
}

/** Writes the newest state, one write at a time: whoever waits shares the next one. */
export class StateWriter implements AsyncDisposable {
  readonly #options: StateWriterOptions;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: StateWriterOptions) {
    this.#options = options;
  }

  /** Soon, with others. What goes wrong is logged: the next write says it all again. */
  soon(): void {
    this.#timer ??= this.#options.clock.after(WRITE_DELAY_MS, () => {
      this.#timer = undefined;
      this.now().catch((error: unknown) => {
        if (!(error instanceof PortolanError)) throw error;
        this.#options.logger.error({ err: error, fix: error.fix }, 'cannot write down the state of the host');
      });
    });
  }

  /** Resolves once the state as it is now is on disk. @throws HostStateError */
  now(): Promise<void> {
    const { store, state } = this.#options;
    this.#next ??= (async () => {
      await this.#writing?.catch(() => undefined);
      this.#next = undefined;
      this.#writing = store.write(state());
      await this.#writing;
    })();
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.now();
  }
}
