import type { Rng } from '@portolan/kernel';
import type { Endpoint } from './endpoint.ts';

/** What a pick may know. One object can serve many picks. */
export interface PickContext {
  /** Monotonic, ms. */
  readonly now: number;
  /** Endpoints this pick must not take: those that already refused this request. Absent: none. */
  readonly exclude?: (endpoint: Endpoint) => boolean;
}

/** How a request ended. `cancelled` by the caller says nothing about the endpoint's health. */
export interface Outcome {
  readonly result: 'ok' | 'failed' | 'cancelled';
  readonly latencyMs: number;
}

/**
 * Decides which endpoint takes the next request. Deterministic: time and randomness come in. Call `onStart` when a request
 * begins on a picked endpoint and `onEnd` exactly once when it ends; an endpoint that left meanwhile is ignored.
 */
export interface Balancer {
  /** Undefined when there is no endpoint, or every one is excluded. Without exclusions allocates nothing. */
  pick(context: PickContext): Endpoint | undefined;
  onStart?(endpoint: Endpoint, now: number): void;
  onEnd?(endpoint: Endpoint, outcome: Outcome, now: number): void;
  /** Replaces the set; what was learned about endpoints that stay, by id, is kept. */
  update(endpoints: readonly Endpoint[]): void;
}

export interface BalancerOptions {
  readonly rng: Rng;
}

/** One row of the table of strategies. */
export interface StrategyRow {
  readonly create: (options: BalancerOptions) => Balancer;
  readonly summary: string;
  /** Whether weights change how often an endpoint is picked. */
  readonly weighted: boolean;
}
