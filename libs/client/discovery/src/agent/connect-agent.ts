import type { HostClaim, HostView } from '@portolan/catalog';
import { decodeHostView } from '@portolan/catalog/wire';
import type { HostUpstream } from '@portolan/local-host';
import type { Clock, Principal, Rng } from '@portolan/kernel';
import type { RpcChannel, TlsIdentity } from '@portolan/rpc';
import type { DiscoveryLogger } from '../discovery.ts';
import { RegistryChannel } from '../registry/registry-channel.ts';
import { RegistryLink, type LinkState } from '../registry/registry-link.ts';
import { WatchStream, type Subscription } from '../watching/watch-stream.ts';
import { HostSession } from './host-session.ts';

export interface ConnectAgentOptions {
  /** `host:port` of any of the registry's nodes. */
  readonly registry: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
  readonly principal: Principal;
  readonly tls?: TlsIdentity | undefined;
  readonly claim: HostClaim;
}

/** The registry, for the agent of a host: over one connection, whatever is asked of it. */
export interface AgentUpstream extends HostUpstream, AsyncDisposable {
  readonly state: LinkState;
  /** Asks a question of the registry, again after each reconnect, until the returned function is called. */
  ask(subscription: Subscription): () => void;
  /** For single calls, to any registry node that answers. */
  channel(): RpcChannel;
}

/** Connects in the background, and never fails because the registry is away. Disposing says no goodbye: a host outlives its agent. */
export function connectAgent({ registry, claim, ...options }: ConnectAgentOptions): AgentUpstream {
  const { clock, rng, logger, principal, tls } = options;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const link = new RegistryLink({ addresses: registry, clock, rng, logger, principal, tls });
  const watch = new WatchStream({ link, clock, rng, logger });
  const session = new HostSession({ link, clock, rng, logger, claim, changed });
  let view: HostView | undefined;
  watch.subscribe({
    subject: { $case: 'host', value: { node: claim.node.name } },
    name: `the host ${claim.node.name}`,
    answered: (update) => {
      if (update.$case !== 'host') return;
      view = decodeHostView(update.value);
      changed();
    },
    interrupted: () => {
      view = undefined;
      changed();
    },
    refused: () => {
      view = undefined;
    },
  });
  return {
    get session() {
      return session.current;
    },
    get view() {
      return view;
    },
    get state() {
      return link.state;
    },
    subscribe: (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    ask: (subscription) => watch.subscribe(subscription),
    channel: () => new RegistryChannel(link, clock),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}
