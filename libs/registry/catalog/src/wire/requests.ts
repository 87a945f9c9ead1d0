import type * as proto from '@portolan/contracts/catalog';
import { leaseId, revision, type LeaseId, type Revision } from '@portolan/kv';
import type { HostClaim, InstanceName } from '../catalog.ts';
import { InvalidRegistrationError } from '../errors.ts';
import { checkQuery } from '../input/check-query.ts';
import { checkHostClaim, checkNode, checkNodeName, checkRegistration } from '../input/check-registration.ts';
import { checkInstanceName, checkReport, checkReports, type RawCheck } from '../input/check-report.ts';
import type { Check, Node, NodeName, Query, Registration } from '../model.ts';
import { decodeHealth } from './health.ts';

// What is decoded here comes from outside, so it is checked: each throws InvalidRegistrationError with all its problems.

export function decodeRegistrationRequest(request: {
  readonly registration: proto.Registration | undefined;
  readonly checks: readonly proto.Check[];
}): { readonly registration: Registration; readonly checks: readonly Check[] } {
  return {
    registration: checkRegistration(required(request.registration, 'registration')),
    checks: checkReports(request.checks.map(rawCheck)),
  };
}

export function decodeInstanceName(request: { readonly service: string; readonly instanceId: string }): InstanceName {
  return checkInstanceName(request);
}

export function decodeReport(request: proto.ReportCheck): { readonly instance: InstanceName; readonly check: Check } {
  return { instance: checkInstanceName(request), check: checkReport(rawCheck(required(request.check, 'check'))) };
}

export function decodeOpenSession(request: proto.OpenSession): {
  readonly ttlSeconds: number;
  readonly resumeLease?: LeaseId;
  readonly node?: Node;
  readonly host?: HostClaim;
} {
  const { ttlSeconds, resumeLease, node, host } = request;
  return {
    ttlSeconds,
    ...(resumeLease === 0n ? {} : { resumeLease: leaseId(resumeLease) }),
    ...(node === undefined ? {} : { node: checkNode(node) }),
    ...(host === undefined ? {} : { host: checkHostClaim({ ...host, node: required(node, 'node') }) }),
  };
}

/** @returns the node that is asked about */
export function decodeHostQuery(request: proto.HostQuery): NodeName {
  return checkNodeName(request.node, 'node');
}

export function decodeQuery(query: proto.Query | undefined): Query {
  return checkQuery(required(query, 'query'));
}

/** @throws UnsafeIntegerError too, for a revision past 2^53 − 1 */
export function decodeResolveRequest(request: proto.ResolveRequest): {
  readonly query: Query;
  readonly revision?: Revision;
  readonly explain: boolean;
  readonly serializable: boolean;
} {
  const { explain, serializable } = request;
  return { query: decodeQuery(request.query), ...decodePastRevision(request), explain, serializable };
}

/** 0: now. @throws UnsafeIntegerError past 2^53 − 1 */
export function decodePastRevision(request: { readonly revision: bigint }): { readonly revision?: Revision } {
  return request.revision === 0n ? {} : { revision: revision(request.revision) };
}

export function encodeQuery(query: Query): proto.Query {
  return {
    service: query.service,
    portName: query.portName ?? '',
    tags: query.tags ?? [],
    metadata: { ...query.metadata },
    includeUnhealthy: query.includeUnhealthy ?? false,
  };
}

function rawCheck({ id, status, output, since }: proto.Check): RawCheck {
  return { id, status: decodeHealth(status) ?? 'unspecified', output, since: Number(since) };
}

function required<T>(value: T | undefined, field: string): T {
  if (value !== undefined) return value;
  throw new InvalidRegistrationError([{ field, value: 'missing', limit: 'said', fix: `send ${field}` }]);
}
