import type { Endpoint, Outcome, PickContext, StrategyName } from '@portolan/balancing';
import type { RpcChannel } from '@portolan/rpc';

/** What a process says of itself. */
export interface RegistrationRequest {
  readonly service: string;
  /** Unique in its service. */
  readonly id: string;
  /** A host name or IP address that callers reach. */
  readonly address: string;
  /** By name: `{ grpc: 5000, ops: 6000 }`. */
  readonly ports: Readonly<Record<string, number>>;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Share of the traffic relative to its siblings; default 100. */
  readonly weight?: number;
}

export interface CheckReport {
  /** Unique in its instance; `session` is the registry's own. */
  readonly id: string;
  readonly status: 'passing' | 'warning' | 'critical';
  /** For people. */
  readonly output?: string;
}

/**
 * A registration that keeps itself: it is made again after a reconnect, a restart of the registry, a new incarnation.
 * Disposing deregisters.
 */
export interface Registration extends AsyncDisposable {
  /** The registry has it now. */
  readonly registered: boolean;
  /** Resolves when the registry has it for the first time; rejects when it refuses it (not when it is away). */
  whenRegistered(signal: AbortSignal): Promise<void>;
  /** Kept, and sent again with the registration; only transitions are sent. */
  reportCheck(check: CheckReport): void;
  /** Takes it out of every answer. Gives up, with a word in the log, when the registry is away: the lease removes it. */
  deregister(): Promise<void>;
}

/** Which instances of which service. */
export interface DiscoveryQuery {
  readonly service: string;
  /** Default `grpc`. */
  readonly portName?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What is known of a service: never emptied because the registry is away. */
export interface ServiceEndpoints {
  readonly endpoints: readonly Endpoint[];
  readonly revision: number;
  readonly incarnation: string;
}

export interface ServiceSummary {
  readonly name: string;
  readonly instances: number;
  readonly healthy: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly portNames: readonly string[];
}

export interface ServiceList {
  readonly services: readonly ServiceSummary[];
}

/** How fresh what this process knows is, and where it comes from; of its oldest part. */
export interface Staleness {
  /** `live`: every change arrives. `memory`: the registry is away. `disk`: it has been away since the start. `none`: nothing is known. */
  readonly source: 'live' | 'memory' | 'disk' | 'none';
  /** Since the registry last confirmed what is known, ms; 0 while live. Of `disk` by the calendar. */
  readonly ageMs: number;
}

/** The endpoints of one service, and a balancer over them. */
export interface EndpointSet {
  current(): readonly Endpoint[];
  /** Called after each change. @returns ends the subscription */
  subscribe(onChange: () => void): () => void;
  pick(context: PickContext): Endpoint | undefined;
  onStart(endpoint: Endpoint, now: number): void;
  onEnd(endpoint: Endpoint, outcome: Outcome, now: number): void;
  /** A connection to it was refused: others are preferred for a while. */
  refused(endpoint: Endpoint): void;
  /** Resolves once anything is known, however old; rejects with the signal's reason. */
  known(signal: AbortSignal): Promise<void>;
}

export interface EndpointOptions {
  /** Default `grpc`. */
  readonly portName?: string;
  /** Default `p2c-ewma`. */
  readonly strategy?: StrategyName;
}

export interface DiscoveryLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * What a service imports: register, find, call. One connection to a registry, one watch stream, one session stream per
 * process, whatever is asked of it.
 */
export interface Discovery extends AsyncDisposable {
  /** Never fails because the registry is away: it keeps trying. */
  register(registration: RegistrationRequest): Registration;
  /** What is known now; waits for the first answer. A service without instances has none. */
  resolve(query: DiscoveryQuery, signal: AbortSignal): Promise<ServiceEndpoints>;
  /** The whole answer now, and again at each change. Ends when `signal` aborts. */
  watch(query: DiscoveryQuery, signal: AbortSignal): AsyncIterable<ServiceEndpoints>;
  watchServices(signal: AbortSignal): AsyncIterable<ServiceList>;
  /** For callers that carry calls themselves, such as a gateway. */
  endpoints(service: string, options?: EndpointOptions): EndpointSet;
  /**
   * Calls to `service`, each balanced by itself. A refused connection goes to another endpoint at once; an idempotent call
   * that failed as `unavailable` is tried once more elsewhere, within a budget.
   */
  channel(service: string, options?: EndpointOptions): RpcChannel;
  /** To any registry node that answers; for `@portolan/kv-client`. */
  registryChannel(): RpcChannel;
  staleness(): Staleness;
}
