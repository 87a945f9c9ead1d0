import type { Check, HostView, InstanceName, Registration } from '@portolan/catalog';

/** The registry, for the agent of one host, while the stream to it lasts. Each rejects with a PortolanError. */
export interface HostCatalogSession {
  /** Aborted when it is of no use any more. */
  readonly over: AbortSignal;
  register(registration: Registration, checks: readonly Check[]): Promise<void>;
  deregister(instance: InstanceName): Promise<void>;
  report(instance: InstanceName, check: Check): Promise<void>;
  forgetEviction(instance: InstanceName): Promise<void>;
}

/** What convergence sees of the registry. */
export interface HostUpstream {
  /** undefined while the registry is away. */
  readonly session: HostCatalogSession | undefined;
  /** What the registry has of this host; undefined while nobody knows. */
  readonly view: HostView | undefined;
  /** Called whenever one of them is another. @returns ends the subscription */
  subscribe(onChange: () => void): () => void;
}
