import type { Clock, Principal, Rng } from '@portolan/kernel';
import type { TlsIdentity } from '@portolan/rpc';
import type { Registry } from '@portolan/telemetry';
import type { Discovery, DiscoveryLogger } from './discovery.ts';

export interface ConnectDiscoveryOptions {
  /** `host:port` of any of the registry's nodes. */
  readonly registry: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
  /** Who this process is, to the registry and to the services it calls. */
  readonly principal: Principal;
  /** Where answers are kept for a start without the registry; without it they are not. */
  readonly cacheDir?: string | undefined;
  readonly tls?: TlsIdentity | undefined;
  /** Where `discovery_*` metrics are registered. */
  readonly metrics?: Registry | undefined;
}

/** Connects in the background, and never fails because the registry is away. */
export function connectDiscovery(_options: ConnectDiscoveryOptions): Discovery {
  throw new Error('not yet');
}
