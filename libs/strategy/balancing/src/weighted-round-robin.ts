import type { Balancer, Outcome, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { TrackedSet, type Tracked } from './tracked-set.ts';

/** Failures that take an endpoint's effective weight from full to nothing (nginx: `max_fails`, there 1). */
const FAILURES_MAX = 3;

interface Weighted extends Tracked {
  /** Falls with failures, grows back by one a pick. */
  effectiveWeight: number;
  currentWeight: number;
}

/**
 * nginx's smooth weighted round robin (`ngx_http_upstream_round_robin.c`): every pick adds each effective weight to its
 * current weight, takes the largest, and subtracts the total from it. Weights 5, 1, 1 give a a b a c a a. O(n).
 */
export class WeightedRoundRobin implements Balancer {
  readonly #set = new TrackedSet<Weighted>((endpoint) => ({
    endpoint,
    effectiveWeight: endpoint.weight,
    currentWeight: 0,
  }));

  pick(context: PickContext): Endpoint | undefined {
    let best: Weighted | undefined;
    let total = 0;
    for (const entry of this.#set.entries) {
      if (context.exclude?.(entry.endpoint) === true) continue;
      entry.currentWeight += entry.effectiveWeight;
      total += entry.effectiveWeight;
      if (entry.effectiveWeight < entry.endpoint.weight) {
        entry.effectiveWeight = Math.min(entry.endpoint.weight, entry.effectiveWeight + 1);
      }
      if (best === undefined || entry.currentWeight > best.currentWeight) best = entry;
    }
    if (best !== undefined) best.currentWeight -= total;
    return best?.endpoint;
  }

  onEnd(endpoint: Endpoint, outcome: Outcome): void {
    const entry = this.#set.find(endpoint);
    if (entry === undefined || outcome.result !== 'failed') return;
    entry.effectiveWeight = Math.max(0, entry.effectiveWeight - entry.endpoint.weight / FAILURES_MAX);
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#set.update(endpoints);
    for (const entry of this.#set.entries) {
      entry.effectiveWeight = Math.min(entry.effectiveWeight, entry.endpoint.weight);
    }
  }
}

export const createWeightedRoundRobin = (): Balancer => new WeightedRoundRobin();
