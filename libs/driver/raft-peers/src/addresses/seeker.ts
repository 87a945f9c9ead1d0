import type { Clock, Rng, Timer } from '@portolan/kernel';
import { cancellationOf } from '@portolan/rpc';
import type { Logger } from '@portolan/telemetry';
import type { PeersLimits } from '../limits.ts';

export interface SeekerOptions {
  /** Whoever is there may know where the others are. */
  readonly seeds: readonly string[];
  /** Whether a member is looked for. */
  readonly isMissed: () => boolean;
  readonly greet: (address: string, signal: AbortSignal) => Promise<unknown>;
  readonly limits: Pick<PeersLimits, 'redialMs' | 'helloMs'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
}

/** Greets one seed after the other for as long as a member cannot be reached: what it hears goes into the address book. */
export class Seeker implements Disposable {
  readonly #options: SeekerOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #greeted = 0;

  constructor(options: SeekerOptions) {
    this.#options = options;
    if (options.seeds.length > 0) this.#await();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#stopping.abort(cancellationOf(new DOMException('this process ends', 'AbortError'), false));
  }

  #await(): void {
    const { clock, rng, limits } = this.#options;
    if (this.#stopping.signal.aborted) return;
    this.#timer = clock.after(limits.redialMs * (0.5 + rng.float()), () => {
      void this.#seek();
    });
  }

  async #seek(): Promise<void> {
    const { seeds, isMissed, greet, limits, clock, logger } = this.#options;
    const seed = seeds[this.#greeted % seeds.length];
    if (seed !== undefined && isMissed()) {
      this.#greeted += 1;
      const late = new AbortController();
      const timer = clock.after(limits.helloMs, () => {
        late.abort(new DOMException('a seed does not answer', 'TimeoutError'));
      });
      try {
        await greet(seed, AbortSignal.any([late.signal, this.#stopping.signal]));
      } catch (error) {
        // The next one is asked.
        logger.debug({ address: seed, err: error }, 'a seed was greeted in vain');
      } finally {
        timer.cancel();
      }
    }
    this.#await();
  }
}
