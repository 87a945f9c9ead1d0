import type { Keyspace } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import { TooManyAlarmsError } from '../refused-writes.ts';

/** Alarms that are raised at once, and so in each snapshot: some for each of many members. Full: TooManyAlarmsError. */
export const ALARMS_MAX = 64;

/** Raised by the state machine itself, as by all members. */
export const NO_MEMBER = 0n;

/** Also one that is raised already. @throws TooManyAlarmsError */
export function withAlarm(alarms: readonly Alarm[], alarm: Alarm): readonly Alarm[] {
  if (alarms.some((other) => isSame(alarm, other))) return alarms;
  if (alarms.length >= ALARMS_MAX) throw new TooManyAlarmsError(ALARMS_MAX);
  return [...alarms, alarm];
}

/** Each once: what is raised twice would be listed twice, and count twice. */
export function distinctAlarms(alarms: readonly Alarm[]): readonly Alarm[] {
  return alarms.filter((alarm, at) => alarms.findIndex((other) => isSame(alarm, other)) === at);
}

/** @param alarm of no member: those of all; of no keyspace: those of all */
export function withoutAlarm(alarms: readonly Alarm[], alarm: Alarm): readonly Alarm[] {
  return alarms.filter(
    ({ kind, memberId, keyspace }) =>
      kind !== alarm.kind ||
      (alarm.memberId !== NO_MEMBER && memberId !== alarm.memberId) ||
      (alarm.keyspace !== undefined && keyspace !== alarm.keyspace),
  );
}

/** An alarm of no space that names no keyspace is of all. */
export function isFull(alarms: readonly Alarm[], keyspace: Keyspace): boolean {
  return alarms.some(
    (alarm) => alarm.kind === 'no-space' && (alarm.keyspace === undefined || alarm.keyspace === keyspace),
  );
}

export function isCorrupt(alarms: readonly Alarm[]): boolean {
  return alarms.some(({ kind }) => kind === 'corrupt');
}

function isSame(a: Alarm, b: Alarm): boolean {
  return a.kind === b.kind && a.memberId === b.memberId && a.keyspace === b.keyspace;
}
