import type { Endpoint } from '@portolan/balancing';
import type { Staleness } from '@portolan/discovery';

/** The instances of one service as they are known now. */
export interface KnownEndpoints {
  current(): readonly Endpoint[];
  /** @returns ends the subscription */
  subscribe(onChange: () => void): () => void;
}

/** One service of the catalog. */
export interface ServiceSummary {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly portNames: readonly string[];
}

/** What the gateway needs of service discovery; `@portolan/discovery` fits. */
export interface ServiceDirectory {
  endpoints(service: string, options: { readonly portName: string }): KnownEndpoints;
  /** The whole list again at each change. */
  watchServices(signal: AbortSignal): AsyncIterable<{ readonly services: readonly ServiceSummary[] }>;
  staleness(): Staleness;
}
