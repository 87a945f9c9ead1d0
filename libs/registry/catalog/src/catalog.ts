import type { Principal } from '@portolan/kernel';
import type { Incarnation, LeaseId, Revision } from '@portolan/kv';
import type {
  Check,
  CheckId,
  HostView,
  InstanceId,
  Node,
  NodeList,
  NodeName,
  Query,
  Registration,
  Resolution,
  ServiceList,
  ServiceName,
} from './model.ts';

export interface InstanceName {
  readonly service: ServiceName;
  readonly instanceId: InstanceId;
}

export interface ResolveRequest {
  readonly principal: Principal;
  readonly query: Query;
  /** Default: now. A past revision answers as it was then. */
  readonly revision?: Revision;
  /** Also say of every instance of the service why it is in the answer, or not. */
  readonly explain?: boolean;
  /** May be answered from what this node knows, without asking the leader. */
  readonly serializable?: boolean;
}

/**
 * Services, their instances, checks and nodes, on `KvStore` alone. It keeps nothing that the store does not hold: a second
 * catalog on the same store answers the same.
 */
export interface Catalog extends AsyncDisposable {
  /** @throws CompactedError, FutureRevisionError, ForbiddenError, InvalidRegistrationError (a name that cannot be) */
  resolve(request: ResolveRequest, signal?: AbortSignal): Promise<Resolution>;
  /** The whole answer now, and again whenever it is another. Ends when `signal` aborts. Slow readers skip to the newest. */
  watch(
    request: { readonly principal: Principal; readonly query: Query },
    signal: AbortSignal,
  ): AsyncIterable<Resolution>;
  services(
    request: { readonly principal: Principal; readonly revision?: Revision },
    signal?: AbortSignal,
  ): Promise<ServiceList>;
  watchServices(request: { readonly principal: Principal }, signal: AbortSignal): AsyncIterable<ServiceList>;
  nodes(request: { readonly principal: Principal }, signal?: AbortSignal): Promise<NodeList>;
  /** Registers for an operator: the instance stays until it is removed. @returns the revision it is visible at */
  register(request: {
    readonly principal: Principal;
    readonly registration: Registration;
    readonly checks?: readonly Check[];
  }): Promise<Revision>;
  /**
   * Removes an instance whoever owns it; what a lease or agent owns needs the verb `administer`. What an agent owns is evicted:
   * the agent forgets it, and does not put it back. @throws InstanceNotFoundError
   */
  deregister(request: { readonly principal: Principal } & InstanceName): Promise<Revision>;
  /** One registering process. Whoever opens it calls `broken`, `leave` or `close` in the end. */
  openSession(request: OpenSessionRequest): Promise<CatalogSession>;
  /** The agent of one host. @throws HostTakenError while another agent speaks for it */
  openHostSession(request: OpenHostSessionRequest): Promise<HostSession>;
  /** What the registry has of a host's agent: now, and again whenever it is another. */
  watchHost(
    request: { readonly principal: Principal; readonly node: NodeName },
    signal: AbortSignal,
  ): AsyncIterable<HostView>;
}

/** An agent says that it speaks for a host. */
export interface HostClaim {
  readonly node: Node;
  /** The same after a restart of the agent. */
  readonly agentId: string;
  /** How long the instances of the host stay, critical, when it is dead; 0: for good. */
  readonly deregisterAfterSeconds: number;
}

export interface OpenHostSessionRequest {
  readonly principal: Principal;
  /** Brought into `SESSION_TTL_SECONDS_MIN` to `_MAX`. */
  readonly ttlSeconds: number;
  readonly claim: HostClaim;
}

/**
 * What the agent of one host registers. It belongs to the agent: it outlives the session, turns critical when no agent of the
 * host has been there for `HOST_GRACE_MS`, and is removed `deregisterAfterSeconds` later.
 */
export interface HostSession extends CatalogSession {
  /** The agent has forgotten what an operator removed: from now on it may be registered again. @throws SessionEndedError */
  forgetEviction(instance: InstanceName): Promise<Revision>;
}

export interface OpenSessionRequest {
  readonly principal: Principal;
  /** Brought into `SESSION_TTL_SECONDS_MIN` to `_MAX`. */
  readonly ttlSeconds: number;
  /** The lease of an earlier stream of the same process, to go on with. */
  readonly resumeLease?: LeaseId;
  readonly node?: Node;
}

/**
 * What one process registers, under one lease. When its stream breaks, `broken` makes the `session` check of its instances
 * critical after a grace of 1 s unless the lease is resumed by a new session, at whatever node; the lease removes them at its end.
 */
export interface CatalogSession {
  readonly lease: LeaseId;
  readonly ttlSeconds: number;
  readonly incarnation: Incarnation;
  /** False: nothing of what was registered under `resumeLease` is left. */
  readonly resumed: boolean;
  /** Nothing is registered under its lease any more, as far as this node knows: its process may say goodbye. */
  readonly isEmpty: boolean;
  /**
   * Registering the same again is harmless and writes nothing; checks that are not named go. An instance of another session is
   * taken over: what that session says of it later changes nothing.
   * @throws InstanceTakenError (it is an operator's or agent's), SessionFullError, SessionEndedError
   */
  register(registration: Registration, checks: readonly Check[]): Promise<Revision>;
  /** What is gone, or another session's by now, stays as it is. @throws SessionEndedError */
  deregister(instance: InstanceName): Promise<Revision>;
  /** Writes transitions only. @throws InstanceNotFoundError, InstanceTakenError, TooManyChecksError, SessionEndedError */
  reportCheck(instance: InstanceName, check: Check): Promise<Revision>;
  /** Restarts the time to live. @throws SessionEndedError */
  renew(): Promise<{ readonly ttlSeconds: number }>;
  /** The stream is gone without a word: starts the grace. */
  broken(): void;
  /**
   * This node cannot go on with the stream, and its process does at another one: nothing is said of its instances, and the
   * session is forgotten here. The lease decides.
   */
  leave(): void;
  /** The process said goodbye: revokes the lease, so that everything it registered is gone at once. */
  close(): Promise<void>;
}

/** The check that the registry itself keeps for what is registered in a session. */
export const SESSION_CHECK = 'session' as CheckId;

/** The check that the registry itself keeps for what an agent registered: whether the agent's host is there. */
export const NODE_CHECK = 'node' as CheckId;
