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
    const set = createEndpointSet(new KnownEndpoints(items), {
      strategy,
      ...this.#options,
      onRefused: (endpoint) => {
        // Of an earlier incarnation of the registry, and gone: no longer held.
        items.drop(endpoint.id);
      },
    });
    this.#sets.set(key, set);
    return set;
  }
}
