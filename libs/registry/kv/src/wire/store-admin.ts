import type * as proto from '@portolan/contracts/kv-store-admin';
import type { Principal } from '@portolan/kernel';
import type { Alarm as WireAlarm } from '@portolan/contracts/kv-alarm';
import { revision as revisionOf } from '../ids.ts';
import type { AlarmList, AlarmRequest, HashRequest, KeyspaceHash } from '../kv-admin.ts';
import { decodeAlarm, encodeAlarm } from './alarm.ts';
import {
  decodeHeader,
  decodeKeyspace,
  decodeRevision,
  encodeHeader,
  encodeKeyspace,
  encodeRevision,
} from './scalars.ts';

export function decodeAlarmRequest(
  { alarm }: { readonly alarm: WireAlarm | undefined },
  principal: Principal,
): AlarmRequest {
  return { principal, ...decodeAlarm(alarm) };
}

export function encodeAlarmList(list: AlarmList): proto.ListAlarmsResponse {
  return { header: encodeHeader(list), alarms: list.alarms.map(encodeAlarm) };
}

export function decodeHashRequest(request: proto.HashKeyspaceRequest, principal: Principal): HashRequest {
  const revision = decodeRevision(request.revision);
  return { principal, keyspace: decodeKeyspace(request.keyspace), ...(revision !== undefined && { revision }) };
}

export function encodeHashRequest({ keyspace, revision }: HashRequest): proto.HashKeyspaceRequest {
  return { keyspace: encodeKeyspace(keyspace), revision: encodeRevision(revision) };
}

export function encodeKeyspaceHash(found: KeyspaceHash): proto.HashKeyspaceResponse {
  return {
    header: encodeHeader(found),
    hash: found.hash,
    revision: BigInt(found.hashRevision),
    oldestRevision: BigInt(found.oldest),
  };
}

export function decodeKeyspaceHash(response: proto.HashKeyspaceResponse): KeyspaceHash {
  return {
    ...decodeHeader(response.header),
    hash: response.hash,
    hashRevision: revisionOf(response.revision),
    oldest: revisionOf(response.oldestRevision),
  };
}
