import type * as proto from '@portolan/contracts/kv';
import { checkedInteger, type Principal } from '@portolan/kernel';
import { LeaseNotFoundError, LeaseTtlError } from '../errors.ts';
import { leaseId } from '../ids.ts';
import { LEASE_TTL_SECONDS_MAX } from '../limits.ts';
import type { GrantLeaseRequest, Lease, LeaseList, LeaseRequest, TimeToLive } from '../lease-request.ts';
import { decodeHeader, decodeKeyspace, decodeLeaseId, encodeHeader, encodeKeyspace, encodeLeaseId } from './scalars.ts';

/** @throws LeaseTtlError when the time to live is no whole number, which the wire cannot say */
export function encodeGrantLeaseRequest(request: GrantLeaseRequest): proto.GrantLeaseRequest {
  if (!Number.isSafeInteger(request.ttlSeconds)) throw new LeaseTtlError(request.ttlSeconds, LEASE_TTL_SECONDS_MAX);
  const { ttlSeconds, id, keyspace } = request;
  return {
    ttlSeconds: BigInt(ttlSeconds),
    id: encodeLeaseId(id),
    ...(keyspace !== undefined && { keyspace: encodeKeyspace(keyspace) }),
  };
}

/** @throws MalformedRequestError when it names a keyspace that is none */
export function decodeGrantLeaseRequest(request: proto.GrantLeaseRequest, principal: Principal): GrantLeaseRequest {
  const { ttlSeconds, keyspace } = request;
  const id = decodeLeaseId(request.id);
  return {
    principal,
    ttlSeconds: Number(ttlSeconds),
    ...(id !== undefined && { id }),
    ...(keyspace !== undefined && { keyspace: decodeKeyspace(keyspace) }),
  };
}

/** Of `keepAlive`, `revokeLease`, `timeToLive`: all name one lease. */
export function encodeLeaseRequest(request: LeaseRequest): { readonly id: bigint } {
  return { id: request.id };
}

export function decodeLeaseRequest(request: { readonly id: bigint }, principal: Principal): LeaseRequest {
  return { principal, id: leaseId(request.id) };
}

/** Of `grantLease` and `keepAlive`. */
export function encodeLease(lease: Lease): proto.GrantLeaseResponse {
  return { header: encodeHeader(lease), id: lease.id, ttlSeconds: BigInt(lease.ttlSeconds) };
}

/** @throws LeaseNotFoundError when the time to live is 0: the answer to a keep-alive that came too late */
export function decodeLease(response: proto.GrantLeaseResponse): Lease {
  const id = leaseId(response.id);
  const ttlSeconds = checkedInteger(response.ttlSeconds, 'ttl_seconds');
  if (ttlSeconds === 0) throw new LeaseNotFoundError(id);
  return { ...decodeHeader(response.header), id, ttlSeconds };
}

export function encodeTimeToLive(result: TimeToLive, request: LeaseRequest): proto.GetLeaseResponse {
  return {
    header: encodeHeader(result),
    id: request.id,
    remainingSeconds: BigInt(result.lease?.remainingSeconds ?? -1),
    grantedSeconds: BigInt(result.lease?.grantedSeconds ?? 0),
  };
}

export function decodeTimeToLive(response: proto.GetLeaseResponse): TimeToLive {
  const header = decodeHeader(response.header);
  if (response.remainingSeconds < 0n) return { ...header, lease: undefined };
  const lease = {
    id: leaseId(response.id),
    grantedSeconds: checkedInteger(response.grantedSeconds, 'granted_seconds'),
    remainingSeconds: checkedInteger(response.remainingSeconds, 'remaining_seconds'),
  };
  return { ...header, lease };
}

export function encodeLeaseList(list: LeaseList): proto.ListLeasesResponse {
  return { header: encodeHeader(list), ids: list.ids };
}

export function decodeLeaseList(response: proto.ListLeasesResponse): LeaseList {
  return { ...decodeHeader(response.header), ids: response.ids.map(leaseId) };
}
