import type { Endpoint } from '@portolan/balancing';
import type { Rng } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';

/** An endpoint that refused a connection is avoided this long at least: a process that restarts needs about that. */
export const AVOID_MS_MIN = 1_000;
/** … and from the second refusal on longer, up to 30 s: what stays dead costs one attempt in that time. */
const AVOID_MORE = { baseMs: 1_000, maxMs: 29_000, factor: 2 };
/** When that is over one request tries it; others follow after its success, or, when it says nothing, after this long. */
export const TRIAL_MS = 1_000;

interface Refusal {
  readonly address: string;
  /** In a row. */
  count: number;
  avoidedUntil: number;
  /** A request is trying it. */
  onTrial: boolean;
}

/** Endpoints that refused connections, and how long each is avoided. Bounded by the endpoints that are there. */
export class Refusals {
  readonly #rng: Rng;
  readonly #byId = new Map<string, Refusal>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** While false, nothing is avoided. */
  get any(): boolean {
    return this.#byId.size > 0;
  }

  /** Hot path while an endpoint is dead: a look into a map. */
  isAvoided(endpoint: Endpoint, now: number): boolean {
    const refusal = this.#byId.get(endpoint.id);
    return refusal !== undefined && now < refusal.avoidedUntil;
  }

  /** A request takes this endpoint. When it was avoided until now, the others wait for what becomes of that. */
  taken(endpoint: Endpoint, now: number): void {
    const refusal = this.#byId.get(endpoint.id);
    if (refusal === undefined || now < refusal.avoidedUntil) return;
    refusal.onTrial = true;
    refusal.avoidedUntil = now + TRIAL_MS;
  }

  refused(endpoint: Endpoint, now: number): void {
    const before = this.#byId.get(endpoint.id);
    // Requests that were under way together are refused together: that counts once.
    if (before !== undefined && now < before.avoidedUntil && !before.onTrial) return;
    const count = (before?.count ?? 0) + 1;
    this.#byId.set(endpoint.id, {
      address: endpoint.address,
      count,
      avoidedUntil: now + AVOID_MS_MIN + (count === 1 ? 0 : backoff(AVOID_MORE, count - 1, this.#rng)),
      onTrial: false,
    });
  }

  succeeded(endpoint: Endpoint): void {
    this.#byId.delete(endpoint.id);
  }

  /** Forgets all others. An instance that comes back under another address is another process. */
  keepOnly(present: ReadonlyMap<string, Endpoint>): void {
    for (const [id, { address }] of this.#byId) {
      if (present.get(id)?.address !== address) this.#byId.delete(id);
    }
  }
}
