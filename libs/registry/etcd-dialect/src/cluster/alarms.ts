import {
  AlarmRequest_AlarmAction,
  AlarmType,
  type AlarmMember,
  type AlarmRequest as EtcdAlarmRequest,
  type AlarmResponse,
} from '@portolan/contracts/etcd/maintenance';
import type { Alarm, AlarmKind, AlarmList } from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { headerAt } from '../etcd-header.ts';
import { requireState } from './require-admin.ts';

const TYPES: Readonly<Record<AlarmKind, AlarmType>> = {
  'no-space': AlarmType.NOSPACE,
  corrupt: AlarmType.CORRUPT,
};
const KINDS: ReadonlyMap<AlarmType, AlarmKind> = new Map([
  [AlarmType.NOSPACE, 'no-space'],
  [AlarmType.CORRUPT, 'corrupt'],
]);

/** What concerns users' keys: that another keyspace is full is not theirs to see. */
export function visibleAlarms({ alarms }: AlarmList): readonly Alarm[] {
  return alarms.filter(({ kind, keyspace }) => kind === 'corrupt' || keyspace === 'user');
}

export function encodeAlarm({ kind, memberId }: Alarm): AlarmMember {
  return { memberID: memberId, alarm: TYPES[kind] };
}

export async function answerAlarm(
  scope: DialectScope,
  { action, alarm, memberID: memberId }: EtcdAlarmRequest,
  signal: AbortSignal,
): Promise<AlarmResponse> {
  const { administrator: principal, store } = scope;
  const admin = requireState(scope);
  const kind = KINDS.get(alarm);
  const list = await admin.alarms({ principal }, signal);
  const raised = visibleAlarms(list).filter((one) => kind === undefined || one.kind === kind);
  const changes = action === AlarmRequest_AlarmAction.ACTIVATE || action === AlarmRequest_AlarmAction.DEACTIVATE;
  // What nobody knows changes nothing.
  if (!changes || kind === undefined) {
    return { header: await headerAt(store, list.revision), alarms: raised.map(encodeAlarm) };
  }
  const asked: Alarm = { kind, memberId, keyspace: kind === 'no-space' ? 'user' : undefined };
  if (action === AlarmRequest_AlarmAction.ACTIVATE) {
    const { revision } = await admin.raiseAlarm({ principal, ...asked }, signal);
    return { header: await headerAt(store, revision), alarms: [encodeAlarm(asked)] };
  }
  const { revision } = await admin.disarmAlarm({ principal, ...asked }, signal);
  const disarmed = raised.filter((one) => one.memberId === memberId);
  return { header: await headerAt(store, revision), alarms: disarmed.map(encodeAlarm) };
}
