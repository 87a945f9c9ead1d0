import * as proto from '@portolan/contracts/kv-alarm';
import { unreachable } from '@portolan/kernel';
import { MalformedRequestError } from '../errors.ts';
import type { Alarm, AlarmKind } from '../kv-admin.ts';
import { decodeKeyspace, encodeKeyspace } from './scalars.ts';

const KEYSPACE_UNSPECIFIED = 0;

export function encodeAlarm({ kind, memberId, keyspace }: Alarm): proto.Alarm {
  return {
    kind: encodeKind(kind),
    memberId,
    keyspace: keyspace === undefined ? KEYSPACE_UNSPECIFIED : encodeKeyspace(keyspace),
  };
}

/** @throws MalformedRequestError */
export function decodeAlarm(alarm: proto.Alarm | undefined): Alarm {
  if (alarm === undefined) throw unknownKind('no alarm');
  const { kind, memberId, keyspace } = alarm;
  return {
    kind: decodeKind(kind),
    memberId,
    keyspace: keyspace === KEYSPACE_UNSPECIFIED ? undefined : decodeKeyspace(keyspace),
  };
}

function encodeKind(kind: AlarmKind): proto.AlarmKind {
  switch (kind) {
    case 'no-space':
      return proto.AlarmKind.NO_SPACE;
    case 'corrupt':
      return proto.AlarmKind.CORRUPT;
    default:
      return unreachable(kind);
  }
}

function decodeKind(kind: proto.AlarmKind): AlarmKind {
  switch (kind) {
    case proto.AlarmKind.NO_SPACE:
      return 'no-space';
    case proto.AlarmKind.CORRUPT:
      return 'corrupt';
    default:
      throw unknownKind(`the alarm ${String(kind)}`);
  }
}

function unknownKind(what: string): MalformedRequestError {
  return new MalformedRequestError(`${what} is not known`, 'set ALARM_KIND_NO_SPACE or ALARM_KIND_CORRUPT');
}
