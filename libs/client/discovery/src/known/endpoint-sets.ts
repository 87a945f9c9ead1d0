import { DEFAULT_STRATEGY } from '@portolan/balancing';
import type { Clock, Rng } from '@portolan/kernel';
import { createEndpointSet } from '../calling/endpoint-set.ts';
import type { EndpointOptions, EndpointSet } from '../discovery.ts';
import { KnownEndpoints } from './known-endpoints.ts';
import type { KnownTable } from './known-table.ts';

/** One set a service, port and strategy, for as long as discovery lives: what its balancer learned is everybody's. */
export class EndpointSets {
  readonly #table: KnownTable;
  readonly #options: { readonly rng: Rng; readonly clock: Clock };
  /** Bounded by the table. */
  readonly #sets = new Map<string, EndpointSet>();

  constructor(table: KnownTable, options: { readonly rng: Rng; readonly clock: Clock }) {
    this.#table = table;
    this.#options = options;
  }

  /** @throws TooManyQueriesError */
  of(service: string, { portName = 'grpc', strategy = DEFAULT_STRATEGY }: EndpointOptions = {}): EndpointSet {
    const key = JSON.stringify([service, portName, strategy]);
    const there = this.#sets.get(key);
    if (there !== undefined) return there;
    const { items } = this.#table.endpoints({ service, portName });
    const set = createEndpointSet(service, new KnownEndpoints(items), { strategy, ...this.#options });
    const informed: EndpointSet = {
      current: () => set.current(),
      subscribe: (onChange) => set.subscribe(onChange),
      pick: (context) => set.pick(context),
      onStart: (endpoint, now) => {
        set.onStart(endpoint, now);
      },
      onEnd: (endpoint, outcome, now) => {
        set.onEnd(endpoint, outcome, now);
      },
      refused: (endpoint) => {
        set.refused(endpoint);
        // Of an earlier incarnation of the registry, and gone: no longer held.
        items.drop(endpoint.id);
      },
      known: (signal) => set.known(signal),
    };
    this.#sets.set(key, informed);
    return informed;
  }
}
