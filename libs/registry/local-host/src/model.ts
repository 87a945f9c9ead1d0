import type { Check, CheckId, Health, InstanceId, Registration } from '@portolan/catalog';

/** The check that takes a service, or all of a host, out by hand. */
export const MAINTENANCE_CHECK = 'maintenance' as CheckId;

/** What every check says of itself. Durations in ms. */
interface CheckCommon {
  readonly id: CheckId;
  /** For people; empty: not said. */
  readonly name: string;
  /** Results in a row until a check turns passing; at least 1. */
  readonly successThreshold: number;
  /** Results in a row until a check turns warning or critical; at least 1. */
  readonly failureThreshold: number;
  /** A check that has been critical for so long takes its service out for good; 0: never. */
  readonly deregisterAfterMs: number;
  readonly initialStatus: Health;
}

/** One that the agent runs by itself. */
interface ProbeCommon extends CheckCommon {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface HttpCheck extends ProbeCommon {
  readonly kind: 'http';
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly tlsSkipVerify: boolean;
}

export interface TcpCheck extends ProbeCommon {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** gRPC Health Checking Protocol. */
export interface GrpcCheck extends ProbeCommon {
  readonly kind: 'grpc';
  /** `host:port` */
  readonly address: string;
  /** Empty: the server as a whole. */
  readonly service: string;
}

/** Exit code 0: passing, 1: warning, any other: critical. */
export interface ScriptCheck extends ProbeCommon {
  readonly kind: 'script';
  /** The program and its arguments: no shell is between. */
  readonly args: readonly string[];
}

/** Reported by the service; silence for `ttlMs` is critical. 0: it never expires. */
export interface TtlCheck extends CheckCommon {
  readonly kind: 'ttl';
  readonly ttlMs: number;
}

/** As healthy as another service of the host. */
export interface AliasCheck extends CheckCommon {
  readonly kind: 'alias';
  readonly instanceId: InstanceId;
}

export type ProbedCheck = HttpCheck | TcpCheck | GrpcCheck | ScriptCheck;
export type CheckDefinition = ProbedCheck | TtlCheck | AliasCheck;

export interface LocalCheck {
  readonly definition: CheckDefinition;
  readonly status: Health;
  /** For people, cut at 4 KiB. */
  readonly output: string;
  /** When the status last changed, ms since the epoch. */
  readonly since: number;
}

/** A service of this host. Its id is unique on the host. */
export interface LocalService {
  readonly registration: Registration;
  readonly checks: readonly LocalCheck[];
  /** Taken out of service by hand, and why; undefined: it is not. */
  readonly maintenance: string | undefined;
}

/** What the catalog should have. */
export interface DesiredInstance {
  readonly registration: Registration;
  readonly checks: readonly Check[];
}
