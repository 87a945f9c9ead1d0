import type * as proto from '@portolan/contracts/kv';
import { checkedInteger } from '@portolan/kernel';
import { MalformedAnswerError } from '../errors.ts';
import { KEYSPACES, revision, type Keyspace } from '../ids.ts';
import type { KeyspaceStatus, StoreStatus } from '../kv-store.ts';
import { decodeHeader, decodeKeyspace, encodeHeader, encodeKeyspace } from './scalars.ts';

export function encodeStatus(status: StoreStatus): proto.GetStatusResponse {
  const all = KEYSPACES.map((keyspace) => status.keyspaces[keyspace]);
  return {
    header: encodeHeader(status),
    clusterId: status.clusterId,
    memberId: status.memberId,
    term: BigInt(status.term),
    leaderId: status.leaderId ?? 0n,
    oldestRevision: BigInt(Math.max(...all.map(({ oldest }) => oldest))),
    keys: BigInt(all.reduce((keys, one) => keys + one.keys, 0)),
    keyspaces: KEYSPACES.map((keyspace) => ({
      keyspace: encodeKeyspace(keyspace),
      oldestRevision: BigInt(status.keyspaces[keyspace].oldest),
      keys: BigInt(status.keyspaces[keyspace].keys),
      bytes: BigInt(status.keyspaces[keyspace].bytes),
    })),
  };
}

export function decodeStatus(response: proto.GetStatusResponse): StoreStatus {
  return {
    ...decodeHeader(response.header),
    clusterId: response.clusterId,
    memberId: response.memberId,
    term: checkedInteger(response.term, 'term'),
    leaderId: response.leaderId === 0n ? undefined : response.leaderId,
    keyspaces: {
      user: decodeKeyspaceStatus(response, 'user'),
      catalog: decodeKeyspaceStatus(response, 'catalog'),
      system: decodeKeyspaceStatus(response, 'system'),
    },
  };
}

function decodeKeyspaceStatus(response: proto.GetStatusResponse, keyspace: Keyspace): KeyspaceStatus {
  const found = response.keyspaces.find((one) => decodeKeyspace(one.keyspace) === keyspace);
  if (found === undefined) throw new MalformedAnswerError(`a status without the keyspace ${keyspace}`);
  return {
    oldest: revision(found.oldestRevision),
    keys: checkedInteger(found.keys, 'keys'),
    bytes: checkedInteger(found.bytes, 'bytes'),
  };
}
