import type { Clock, Principal, Rng } from '@portolan/kernel';
import { createRetryBudget } from '@portolan/resilience';
import type { RpcChannel, TlsIdentity } from '@portolan/rpc';
import type { Registry } from '@portolan/telemetry';
import { createBalancedChannel } from './calling/balanced-channel.ts';
import { createConnectionPool } from './calling/connection-pool.ts';
import { EndpointSets } from './known/endpoint-sets.ts';
import { AnswerFiles } from './disk/answer-files.ts';
import type { Discovery, DiscoveryLogger } from './discovery.ts';
import { changes } from './known/changes.ts';
import { serviceEndpoints } from './known/known-endpoints.ts';
import { KnownTable } from './known/known-table.ts';
import { registerMetrics } from './metrics.ts';
import { RegistryChannel } from './registry/registry-channel.ts';
import { RegistryLink } from './registry/registry-link.ts';
import { RegistrationSession } from './session/registration-session.ts';
import { WatchStream } from './watching/watch-stream.ts';

export interface ConnectDiscoveryOptions {
  /** `host:port` of any of the registry's nodes. */
  readonly registry: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
  /** Who this process is, to the registry and to the services it calls. */
  readonly principal: Principal;
  /** Where answers are kept for a start without the registry; without it they are not. One process a folder. */
  readonly cacheDir?: string | undefined;
  /** For the registry and for the services alike. */
  readonly tls?: TlsIdentity | undefined;
  /** Where `discovery_*` metrics are registered. */
  readonly metrics?: Registry | undefined;
}

/** Connects in the background, and never fails because the registry is away. */
export function connectDiscovery(options: ConnectDiscoveryOptions): Discovery {
  const { clock, rng, logger, principal, cacheDir, tls, metrics } = options;
  const link = new RegistryLink({ addresses: options.registry, clock, rng, logger, principal, tls });
  const watch = new WatchStream({ link, clock, rng, logger });
  const session = new RegistrationSession({ link, clock, rng, logger });
  const files = cacheDir === undefined ? undefined : new AnswerFiles({ folder: cacheDir, clock, logger });
  const table = new KnownTable({ link, watch, files, clock, logger });
  const sets = new EndpointSets(table, { rng, clock });
  const pool = createConnectionPool({ clock, principal, tls, metrics });
  const budget = createRetryBudget();
  const channels = new Set<RpcChannel>();
  const removeMetrics =
    metrics === undefined
      ? undefined
      : registerMetrics(
          {
            staleness: () => table.staleness(),
            connected: () => link.state === 'connected',
            reconnects: () => link.reconnects,
            registrations: () => session.counts,
          },
          metrics,
        );
  const dispose = async (): Promise<void> => {
    await session[Symbol.asyncDispose]();
    for (const channel of channels) await channel[Symbol.asyncDispose]();
    await pool[Symbol.asyncDispose]();
    // Before the watch ends: what is live is written as confirmed just now.
    await files?.[Symbol.asyncDispose]();
    table[Symbol.dispose]();
    await watch[Symbol.asyncDispose]();
    await link[Symbol.asyncDispose]();
    removeMetrics?.();
  };
  let disposed: Promise<void> | undefined;
  return {
    register: (registration) => session.register(registration),
    resolve: async (query, signal) => {
      using use = table.endpoints(query);
      return serviceEndpoints(await use.items.known(signal));
    },
    async *watch(query, signal) {
      using use = table.endpoints(query);
      for await (const answer of changes(use.items, signal)) yield serviceEndpoints(answer);
    },
    async *watchServices(signal) {
      using use = table.services();
      for await (const { items } of changes(use.items, signal)) yield { services: items };
    },
    endpoints: (service, options) => sets.of(service, options),
    channel: (service, options) => {
      const channel = createBalancedChannel({
        service,
        endpoints: sets.of(service, options),
        pool,
        clock,
        budget,
        metrics,
      });
      channels.add(channel);
      return channel;
    },
    registryChannel: () => new RegistryChannel(link, clock),
    staleness: () => table.staleness(),
    [Symbol.asyncDispose]: () => (disposed ??= dispose()),
  };
}
