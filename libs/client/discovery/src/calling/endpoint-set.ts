import { createBalancer, type Endpoint, type Outcome, type PickContext, type StrategyName } from '@portolan/balancing';
import type { Clock, Rng } from '@portolan/kernel';
import type { EndpointSet } from '../discovery.ts';
import type { KnownService } from '../known/known-service.ts';
import { Refusals } from './refusals.ts';

export interface EndpointSetOptions {
  readonly strategy: StrategyName;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Told of each refused connection. */
  readonly onRefused?: (endpoint: Endpoint) => void;
}

/** Follows what is known of a service until it is disposed. What its balancer learned is kept through every change. */
export function createEndpointSet(known: KnownService, options: EndpointSetOptions): EndpointSet & Disposable {
  return new BalancedEndpoints(known, options);
}

const NONE: readonly Endpoint[] = [];

class BalancedEndpoints implements EndpointSet, Disposable {
  readonly #known: KnownService;
  readonly #clock: Clock;
  readonly #onRefused: ((endpoint: Endpoint) => void) | undefined;
  readonly #balancer;
  readonly #refusals: Refusals;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #endpoints = NONE;
  #present: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>();
  // What a pick that avoids endpoints is made with; kept, so that it allocates nothing.
  readonly #avoiding: { now: number; readonly exclude: (endpoint: Endpoint) => boolean };
  #alsoExcluded: PickContext['exclude'];

  constructor(known: KnownService, { strategy, rng, clock, onRefused }: EndpointSetOptions) {
    this.#known = known;
    this.#clock = clock;
    this.#onRefused = onRefused;
    this.#balancer = createBalancer(strategy, { rng });
    this.#refusals = new Refusals(rng);
    this.#avoiding = {
      now: 0,
      exclude: (endpoint) =>
        this.#refusals.isAvoided(endpoint, this.#avoiding.now) || this.#alsoExcluded?.(endpoint) === true,
    };
    this.#unsubscribe = known.subscribe(() => {
      this.#update();
    });
    this.#update();
  }

  current(): readonly Endpoint[] {
    return this.#endpoints;
  }

  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Hot path: the balancer's own cost while nobody refuses; then a look-up for each endpoint that it considers. */
  pick(context: PickContext): Endpoint | undefined {
    if (!this.#refusals.any) return this.#balancer.pick(context);
    const now = this.#clock.now();
    this.#avoiding.now = now;
    this.#alsoExcluded = context.exclude;
    // When all are avoided, any of them is worth a try.
    const endpoint = this.#balancer.pick(this.#avoiding) ?? this.#balancer.pick(context);
    this.#alsoExcluded = undefined;
    if (endpoint !== undefined) this.#refusals.taken(endpoint, now);
    return endpoint;
  }

  onStart(endpoint: Endpoint, now: number): void {
    this.#balancer.onStart?.(endpoint, now);
  }

  onEnd(endpoint: Endpoint, outcome: Outcome, now: number): void {
    this.#balancer.onEnd?.(endpoint, outcome, now);
    if (this.#refusals.any && outcome.result === 'ok') this.#refusals.succeeded(endpoint);
  }

  refused(endpoint: Endpoint): void {
    // A request may outlive its endpoint.
    if (this.#present.get(endpoint.id)?.address === endpoint.address) {
      this.#refusals.refused(endpoint, this.#clock.now());
    }
    this.#onRefused?.(endpoint);
  }

  async known(signal: AbortSignal): Promise<void> {
    await this.#known.known(signal);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #update(): void {
    this.#endpoints = this.#known.current()?.endpoints ?? NONE;
    this.#present = new Map(this.#endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.#balancer.update(this.#endpoints);
    this.#refusals.keepOnly(this.#present);
    for (const listener of [...this.#listeners]) listener();
  }
}
