import type { Balancer, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { TrackedSet, type Tracked } from './tracked-set.ts';

interface Counted extends Tracked {
  inFlight: number;
}

/** Fewest requests in flight; ties in turn, as nginx and HAProxy do. O(n). */
export class LeastConnections implements Balancer {
  readonly #set = new TrackedSet<Counted>((endpoint) => ({ endpoint, inFlight: 0 }));
  #next = 0;

  pick(context: PickContext): Endpoint | undefined {
    const entries = this.#set.entries;
    let best: Counted | undefined;
    let bestIndex = 0;
    for (let step = 0; step < entries.length; step += 1) {
      const index = (this.#next + step) % entries.length;
      const entry = entries[index];
      if (entry === undefined || context.exclude?.(entry.endpoint) === true) continue;
      if (best === undefined || entry.inFlight < best.inFlight) {
        best = entry;
        bestIndex = index;
      }
    }
    if (best !== undefined) this.#next = bestIndex + 1;
    return best?.endpoint;
  }

  onStart(endpoint: Endpoint): void {
    const entry = this.#set.find(endpoint);
    if (entry !== undefined) entry.inFlight += 1;
  }

  onEnd(endpoint: Endpoint): void {
    const entry = this.#set.find(endpoint);
    // A request that began before its endpoint left and came back was never counted in.
    if (entry !== undefined && entry.inFlight > 0) entry.inFlight -= 1;
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#set.update(endpoints);
  }
}

export const createLeastConnections = (): Balancer => new LeastConnections();
