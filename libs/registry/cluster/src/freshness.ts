import type { Clock, Timer } from '@portolan/kernel';
import { PortolanError } from '@portolan/kernel';

/** How often a member makes sure that it has what was acknowledged: what a stale answer is old at most while all is well. */
export const CONFIRM_MS = 250;

export interface FreshnessOptions {
  readonly clock: Clock;
  /** Resolves once everything that was acknowledged before the call is here. */
  readonly barrier: () => Promise<void>;
}

/**
 * How old what this member has may be. It asks the leader every now and then, so that whoever is content with what is here learns
 * its age without waiting for anybody.
 */
export class Freshness implements Disposable {
  readonly #options: FreshnessOptions;
  #currentAt: number;
  #wasCurrent = false;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: FreshnessOptions) {
    this.#options = options;
    this.#currentAt = options.clock.now();
    this.#confirm();
  }

  /** Milliseconds since this member certainly had everything that was acknowledged; since its start, when it never had. */
  get ageMs(): number {
    return Math.max(0, this.#options.clock.now() - this.#currentAt);
  }

  /** It has had everything once since its start. */
  get wasCurrent(): boolean {
    return this.#wasCurrent;
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #confirm(): void {
    const { clock, barrier } = this.#options;
    const askedAt = clock.now();
    const again = (): void => {
      if (this.#isStopped) return;
      this.#timer = clock.after(CONFIRM_MS, () => {
        this.#confirm();
      });
    };
    barrier().then(
      () => {
        this.#currentAt = askedAt;
        this.#wasCurrent = true;
        again();
      },
      (error: unknown) => {
        // Nobody leads, or nobody is reached: the age says so.
        if (!(error instanceof PortolanError)) throw error;
        again();
      },
    );
  }
}
