import type * as proto from '@portolan/contracts/kv';
import type { Principal } from '@portolan/kernel';
import { revision } from '../ids.ts';
import type { CompactRequest } from '../kv-store.ts';
import { decodeKeyspace, encodeKeyspace } from './scalars.ts';

export function encodeCompactRequest(request: CompactRequest): proto.CompactRequest {
  return { keyspace: encodeKeyspace(request.keyspace), revision: BigInt(request.revision) };
}

export function decodeCompactRequest(request: proto.CompactRequest, principal: Principal): CompactRequest {
  return { principal, keyspace: decodeKeyspace(request.keyspace), revision: revision(request.revision) };
}
