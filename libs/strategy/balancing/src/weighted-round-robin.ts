import { assert } from '@portolan/kernel';
import type { Balancer, Outcome, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { Roster, type Member } from './roster.ts';

export interface WeightedRoundRobinOptions {
  /** A failure costs an endpoint this part of its weight: weight / maxFails. nginx's default, 1: all of it. */
  readonly maxFails?: number;
}

interface Weighed extends Member {
  /** Follows the weight: a failure lowers it, each pick gives one back. */
  effectiveWeight: number;
  /** The credit of the smooth round robin; sums to 0 over all that take part. */
  currentWeight: number;
}

/**
 * Smooth weighted round robin, as nginx does it (`ngx_http_upstream_round_robin.c`): of weights 5, 1, 1 the sequence is
 * a a b a c a a. Each pick adds its effective weight to everybody's credit, takes the highest and lets it pay for all.
 */
class WeightedRoundRobin implements Balancer {
  readonly #maxFails: number;
  readonly #roster = new Roster<Weighed>((endpoint) => ({
    endpoint,
    inFlight: 0,
    effectiveWeight: endpoint.weight,
    currentWeight: 0,
  }));
  #members: readonly Weighed[] = [];

  constructor(maxFails: number) {
    this.#maxFails = maxFails;
  }

  pick(context: PickContext): Endpoint | undefined {
    const { exclude } = context;
    let best: Weighed | undefined;
    let total = 0;
    for (const member of this.#members) {
      if (exclude?.(member.endpoint) === true) continue;
      const { weight } = member.endpoint;
      member.currentWeight += member.effectiveWeight;
      total += member.effectiveWeight;
      if (member.effectiveWeight < weight) member.effectiveWeight = Math.min(weight, member.effectiveWeight + 1);
      if (best === undefined || member.currentWeight > best.currentWeight) best = member;
    }
    if (best === undefined) return undefined;
    best.currentWeight -= total;
    return best.endpoint;
  }

  onEnd(endpoint: Endpoint, outcome: Outcome): void {
    if (outcome.result !== 'failed') return;
    const member = this.#roster.present(endpoint);
    if (member === undefined) return;
    member.effectiveWeight = Math.max(0, member.effectiveWeight - member.endpoint.weight / this.#maxFails);
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#members = this.#roster.update(endpoints).members;
    for (const member of this.#members) {
      member.effectiveWeight = Math.min(member.effectiveWeight, member.endpoint.weight);
    }
  }
}

export function createWeightedRoundRobin({ maxFails = 1 }: WeightedRoundRobinOptions = {}): Balancer {
  assert(maxFails >= 1, 'maxFails is at least 1');
  return new WeightedRoundRobin(maxFails);
}
