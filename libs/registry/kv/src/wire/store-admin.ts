import type * as proto from '@portolan/contracts/kv-store-admin';
import type { Principal } from '@portolan/kernel';
import type { Alarm as WireAlarm } from '@portolan/contracts/kv-alarm';
import type { AlarmList, AlarmRequest, HashRequest, KeyspaceHash } from '../kv-admin.ts';
import { decodeAlarm, encodeAlarm } from './alarm.ts';
import { decodeKeyspace, decodeRevision, encodeHeader } from './scalars.ts';

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

export function encodeKeyspaceHash(found: KeyspaceHash): proto.HashKeyspaceResponse {
  return {
    header: encodeHeader(found),
    hash: found.hash,
    revision: BigInt(found.hashRevision),
    oldestRevision: BigInt(found.oldest),
  };
}
