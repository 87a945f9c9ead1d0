import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import { LeaseNotFoundError, type KvStore, type LeaseId } from '@portolan/kv';
import { sleep } from '@portolan/runtime';

export interface KeptLeaseOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** On the monotonic clock: it cannot have ended before. */
  readonly until: number;
  /** Told once, unless `signal` aborted before. */
  readonly onLost?: (why: string) => void;
}

/** Grants a lease and keeps it. @param signal gives it up */
export async function grantKeptLease(
  options: Omit<KeptLeaseOptions, 'id' | 'until'>,
  signal: AbortSignal,
): Promise<KeptLease> {
  const { store, principal, clock } = options;
  const asked = clock.now();
  const { id, ttlSeconds } = await store.grantLease({ principal, ttlSeconds: options.ttlSeconds }, signal);
  return new KeptLease({ ...options, id, ttlSeconds, until: asked + ttlSeconds * 1_000 }, signal);
}

/**
 * A lease that is kept alive, and believed to live only as long as nobody can have ended it: by this process's own clock, from when it
 * asked (Gray and Cheriton, Leases, 1989). Disposing revokes it.
 */
export class KeptLease implements AsyncDisposable {
  readonly #options: KeptLeaseOptions;
  readonly #lost = new AbortController();
  readonly #keeping: Promise<void>;
  #deadline: { cancel(): void };
  /** Aborted when the lease may have ended, or is given up. */
  readonly lost: AbortSignal;

  constructor(options: KeptLeaseOptions, signal: AbortSignal) {
    this.#options = options;
    this.lost = AbortSignal.any([this.#lost.signal, signal]);
    this.#deadline = this.#arm(options.until);
    this.#keeping = this.#keep();
  }

  get id(): LeaseId {
    return this.#options.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { store, principal, id } = this.#options;
    this.#lost.abort();
    this.#deadline.cancel();
    await this.#keeping;
    // Whoever is next need not wait for the lease to end.
    await store.revokeLease({ principal, id }).catch((error: unknown) => {
      if (!(error instanceof PortolanError)) throw error;
    });
  }

  #arm(until: number): { cancel(): void } {
    const { clock } = this.#options;
    return clock.after(Math.max(0, until - clock.now()), () => {
      this.#end('its lease may have ended');
    });
  }

  #end(why: string): void {
    if (!this.lost.aborted) this.#options.onLost?.(why);
    this.#lost.abort(new DOMException(why, 'AbortError'));
  }

  async #keep(): Promise<void> {
    const { store, principal, clock, id, ttlSeconds } = this.#options;
    // A function: TypeScript believes that what it saw before an await still holds.
    const ended = (): boolean => this.lost.aborted;
    while (!ended()) {
      await sleep(clock, (ttlSeconds * 1_000) / 3, this.lost).catch(() => undefined);
      if (ended()) return;
      const asked = clock.now();
      try {
        const kept = await store.keepAlive({ principal, id }, this.lost);
        this.#deadline.cancel();
        if (!ended()) this.#deadline = this.#arm(asked + kept.ttlSeconds * 1_000);
      } catch (error) {
        if (error instanceof LeaseNotFoundError) this.#end('its lease has ended');
        else if (!ended() && !(error instanceof PortolanError)) throw error;
      }
    }
  }
}
