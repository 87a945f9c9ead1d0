import type { Clock, Rng, Timer } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';
import type { PeersLimits } from '../limits.ts';

/** The first attempt after a failure is within this, ms. */
const REDIAL_MS = 100;
/** The member of the higher id waits so long for the other one to dial, ms: it dials too, for it may be the only one that knows where. */
export const SECOND_DIALS_MS = 300;

export interface DialTarget {
  isConnected(): boolean;
  readonly dialsFirst: boolean;
  /** Where to try, the best first. Asked before each attempt. */
  readonly addresses: readonly string[];
  /** Resolves when the stream has ended, with for how long it was open, ms; 0: never. Never rejects. */
  dial(address: string): Promise<number>;
}

export interface DiallerOptions {
  readonly target: DialTarget;
  readonly limits: Pick<PeersLimits, 'redialMs'>;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** Keeps a stream to one peer: attempts with jitter and growing pauses, over all addresses in turn, for as long as it takes. */
export class Dialler implements Disposable {
  readonly #options: DiallerOptions;
  #timer: Timer | undefined;
  #failures = 0;
  #isDialling = false;
  #isStopped = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Addresses are other ones: what failed before is no reason to wait. */
  restart(): void {
    this.#failures = 0;
    this.resume();
  }

  /** There is no stream any more. */
  resume(): void {
    if (!this.#isDialling) this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.after(this.#pauseMs(), () => {
      void this.#attempt();
    });
  }

  #pauseMs(): number {
    const { target, rng, limits } = this.#options;
    const { length } = target.addresses;
    const patienceMs = target.dialsFirst ? 0 : SECOND_DIALS_MS;
    if (this.#failures === 0) return patienceMs + rng.float() * (target.dialsFirst ? 0 : SECOND_DIALS_MS);
    // All addresses are tried before the pause grows.
    const rounds = Math.floor((this.#failures - 1) / Math.max(1, length));
    return backoff({ baseMs: REDIAL_MS, maxMs: limits.redialMs, factor: 2 }, rounds, rng) + REDIAL_MS / 10;
  }

  async #attempt(): Promise<void> {
    const { target } = this.#options;
    const { addresses } = target;
    const address = addresses[this.#failures % Math.max(1, addresses.length)];
    // Whoever learns an address, or loses the stream, begins anew.
    if (target.isConnected() || address === undefined) return;
    this.#isDialling = true;
    const openMs = await target.dial(address);
    this.#isDialling = false;
    // One that always ends at once is not dialled over and over.
    this.#failures = openMs > this.#options.limits.redialMs ? 0 : this.#failures + 1;
    if (!target.isConnected()) this.#schedule();
  }
}
