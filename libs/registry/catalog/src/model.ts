import type { Brand } from '@portolan/kernel';
import type { Incarnation, LeaseId, Revision } from '@portolan/kv';

/** 1 to 63 letters, digits, `-`, `_` and `.`, beginning with a letter or digit: fits one DNS label or a dotted name. */
export type ServiceName = Brand<string, 'ServiceName'>;
/** Unique in its service. */
export type InstanceId = Brand<string, 'InstanceId'>;
export type NodeName = Brand<string, 'NodeName'>;
/** Unique in its instance: `session`, `ready`. */
export type CheckId = Brand<string, 'CheckId'>;

export type Health = 'passing' | 'warning' | 'critical';

export interface Port {
  /** `http`, `grpc`, `ops` */
  readonly name: string;
  readonly number: number;
}

export interface Check {
  readonly id: CheckId;
  readonly status: Health;
  /** For people. */
  readonly output: string;
  /** When the status last changed, by the clock of who reported it. */
  readonly since: number;
}

/** Who decides the end of a registration. */
export type Owner =
  | {
      readonly kind: 'agent';
      readonly node: NodeName;
      /** How long after the end of its host it stays, critical, before it is removed; 0: for good. */
      readonly deregisterAfterSeconds: number;
    }
  | { readonly kind: 'lease'; readonly id: LeaseId }
  | { readonly kind: 'operator'; readonly principal: string };

export interface Node {
  readonly name: NodeName;
  readonly address: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a registrant says of itself, checked by `checkRegistration`. */
export interface Registration {
  readonly service: ServiceName;
  readonly id: InstanceId;
  /** undefined: not said. */
  readonly node: NodeName | undefined;
  /** A host name or IP address that callers reach; never a wildcard. */
  readonly address: string;
  /** At least one; names are unique. */
  readonly ports: readonly Port[];
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Share of the traffic relative to its siblings, 1 to 65,535. */
  readonly weight: number;
}

export interface Instance {
  readonly registration: Registration;
  readonly owner: Owner;
  readonly checks: readonly Check[];
  /** The worst of its checks; passing when it has none. */
  readonly health: Health;
  readonly createRevision: Revision;
  /** Of its registration or the newest of its checks, whichever is later. */
  readonly modRevision: Revision;
}

export interface Query {
  readonly service: ServiceName;
  /** Only instances that have a port of this name. */
  readonly portName?: string;
  /** Only instances that carry all of these. */
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly includeUnhealthy?: boolean;
}

export interface Reason {
  readonly kind: 'check' | 'lease' | 'filter' | 'suspicion';
  /** `check session is critical: stream broken` */
  readonly detail: string;
  /** When this became so. */
  readonly revision: Revision;
}

export interface Verdict {
  readonly instanceId: InstanceId;
  readonly included: boolean;
  readonly reasons: readonly Reason[];
}

export interface Resolution {
  readonly incarnation: Incarnation;
  /** The answer is computed at this one revision. */
  readonly revision: Revision;
  readonly instances: readonly Instance[];
  /** One for every instance of the service when asked to explain; empty otherwise. */
  readonly verdicts: readonly Verdict[];
}

export interface ServiceSummary {
  readonly name: ServiceName;
  readonly instances: number;
  readonly healthy: number;
  /** The union over its instances. */
  readonly tags: readonly string[];
  /** The union over its instances; where they differ, the newest registration wins. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly portNames: readonly string[];
}

export interface ServiceList {
  readonly incarnation: Incarnation;
  readonly revision: Revision;
  readonly services: readonly ServiceSummary[];
}

/** An operator removed what an agent registered: until the agent has forgotten it too, it may not come back. */
export interface Eviction {
  readonly service: ServiceName;
  readonly instanceId: InstanceId;
  /** The host of the agent. */
  readonly node: NodeName;
  /** Who removed it. */
  readonly principal: string;
}

/** What the registry has of one host's agent. */
export interface HostView {
  readonly incarnation: Incarnation;
  readonly revision: Revision;
  readonly instances: readonly Instance[];
  readonly evictions: readonly Eviction[];
}

export interface NodeList {
  readonly incarnation: Incarnation;
  readonly revision: Revision;
  readonly nodes: readonly Node[];
}
