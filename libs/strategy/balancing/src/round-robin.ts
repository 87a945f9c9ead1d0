import type { Balancer, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { TrackedSet, type Tracked } from './tracked-set.ts';

/** Each endpoint in turn. Fair while endpoints come and go: those that stay keep their order and their turn. */
export class RoundRobin implements Balancer {
  readonly #set = new TrackedSet<Tracked>((endpoint) => ({ endpoint }));
  #next = 0;

  pick(context: PickContext): Endpoint | undefined {
    const entries = this.#set.entries;
    let left = entries.length;
    while (left > 0) {
      left -= 1;
      const entry = entries[this.#next % entries.length];
      this.#next = (this.#next + 1) % entries.length;
      if (entry !== undefined && context.exclude?.(entry.endpoint) !== true) return entry.endpoint;
    }
    return undefined;
  }

  update(endpoints: readonly Endpoint[]): void {
    const before = this.#set.entries;
    const wanted = new Set(endpoints.map(({ id }) => id));
    const gone = before.slice(0, this.#next).filter(({ endpoint }) => !wanted.has(endpoint.id)).length;
    this.#set.update(endpoints);
    this.#next = this.#set.entries.length === 0 ? 0 : (this.#next - gone) % this.#set.entries.length;
  }
}

export const createRoundRobin = (): Balancer => new RoundRobin();
