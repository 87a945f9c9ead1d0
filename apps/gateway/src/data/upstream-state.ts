import { createBalancer, type Balancer, type Endpoint, type Outcome, type StrategyName } from '@portolan/balancing';
import type { Rng } from '@portolan/kernel';
import { createRetryBudget, type RetryBudget } from '@portolan/resilience';
import type { RoutingSnapshot, Upstream } from '../control/snapshot.ts';
import { REQUESTS_PER_ENDPOINT_MAX } from './limits.ts';

/** What this gateway has seen of one endpoint since it joined. */
export interface EndpointRecord {
  inFlight: number;
  requests: number;
  failures: number;
}

/** What is learned about the endpoints of one service: outlives snapshots, and decides within each. */
export class UpstreamState {
  readonly budget: RetryBudget = createRetryBudget();
  readonly #balancer: Balancer;
  #records = new Map<string, EndpointRecord>();

  constructor(strategy: StrategyName, rng: Rng) {
    this.#balancer = createBalancer(strategy, { rng });
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#balancer.update(endpoints);
    this.#records = new Map(
      endpoints.map(({ id }) => [id, this.#records.get(id) ?? { inFlight: 0, requests: 0, failures: 0 }]),
    );
  }

  /** An endpoint of the request's own snapshot that it has not tried and that is not full. */
  pick(upstream: Upstream, tried: ReadonlySet<string>, now: number): Endpoint | undefined {
    return this.#balancer.pick({
      now,
      exclude: ({ id }) => tried.has(id) || !upstream.ids.has(id) || this.#isFull(id),
    });
  }

  /** Whether there was one to pick, had it not been full. */
  isFull(upstream: Upstream): boolean {
    return upstream.endpoints.some(({ id }) => this.#isFull(id));
  }

  start(endpoint: Endpoint, now: number): void {
    this.#balancer.onStart?.(endpoint, now);
    const record = this.#records.get(endpoint.id);
    if (record === undefined) return;
    record.inFlight += 1;
    record.requests += 1;
  }

  end(endpoint: Endpoint, outcome: Outcome, now: number): void {
    this.#balancer.onEnd?.(endpoint, outcome, now);
    const record = this.#records.get(endpoint.id);
    if (record === undefined) return;
    // An endpoint that left and came back began to count anew.
    record.inFlight = Math.max(0, record.inFlight - 1);
    if (outcome.result === 'failed') record.failures += 1;
  }

  recordOf(endpoint: Endpoint): Readonly<EndpointRecord> | undefined {
    return this.#records.get(endpoint.id);
  }

  #isFull(id: string): boolean {
    return (this.#records.get(id)?.inFlight ?? 0) >= REQUESTS_PER_ENDPOINT_MAX;
  }
}

/** The states of all upstreams, following the snapshots. */
export class UpstreamStates {
  readonly #strategy: StrategyName;
  readonly #rng: Rng;
  readonly #states = new Map<string, UpstreamState>();

  constructor(strategy: StrategyName, rng: Rng) {
    this.#strategy = strategy;
    this.#rng = rng;
  }

  apply({ upstreams }: RoutingSnapshot): void {
    for (const key of this.#states.keys()) if (!upstreams.has(key)) this.#states.delete(key);
    for (const { key, endpoints } of upstreams.values()) this.of(key).update(endpoints);
  }

  /** Made anew for a request whose snapshot holds an upstream that has left since: it finds nothing to pick. */
  of(key: string): UpstreamState {
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new UpstreamState(this.#strategy, this.#rng);
      this.#states.set(key, state);
    }
    return state;
  }
}
