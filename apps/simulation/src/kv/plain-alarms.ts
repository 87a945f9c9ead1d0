import type { Alarm, AgreedLimits, Command, Keyspace } from '@portolan/kv';
import { Refused, type WriteGuard } from '@portolan/kv/testing';

/** From this format of commands on there are alarms, and quotas by keyspace. */
const ALARMS_SINCE = 2;

/** Nobody's in particular. */
const STORE = 0n;

/** What was in force at a point of the log. */
export interface AlarmMoment {
  readonly format: number;
  readonly limits: AgreedLimits | undefined;
  readonly alarms: readonly Alarm[];
}

/** What a log says of formats, quotas and alarms, as plainly as it can be said; and so which writes are refused. */
export class PlainAlarms implements WriteGuard {
  #format: number;
  #limits: AgreedLimits | undefined;
  #alarms: readonly Alarm[];
  readonly #onFull: () => void;

  /** @param onFull a write that would have gone beyond a quota raises an alarm */
  constructor(onFull: () => void, { format, limits, alarms }: AlarmMoment = BEGINNING) {
    this.#onFull = onFull;
    this.#format = format;
    this.#limits = limits;
    this.#alarms = alarms;
  }

  get moment(): AlarmMoment {
    return { format: this.#format, limits: this.#limits, alarms: this.#alarms };
  }

  /** Before the command is looked at. @throws Refused */
  admit(command: Command): void {
    if (needsAlarms(command) && this.#format < ALARMS_SINCE) throw new Refused('KV_FORMAT_NOT_ACTIVE');
    const isWrite = ['grant', 'revoke', 'expire', 'compact'].includes(command.kind);
    if (isWrite && this.#has('corrupt')) throw new Refused('KV_CORRUPT');
    if (command.kind === 'grant' && this.#isFull(command.keyspace ?? 'user')) throw new Refused('KV_QUOTA_EXCEEDED');
  }

  /** A command that is about these. */
  take(command: Command): void {
    switch (command.kind) {
      case 'activate':
        this.#format = Math.max(this.#format, command.format);
        break;
      case 'limit':
        this.#limits = command.limits;
        break;
      case 'raise-alarm':
        if (!this.#alarms.some((one) => isSame(one, command.alarm))) this.#alarms = [...this.#alarms, command.alarm];
        break;
      case 'disarm-alarm':
        this.#alarms = this.#alarms.filter((one) => !isMeant(one, command.alarm));
        break;
      default:
        break;
    }
  }

  write(kind: 'put' | 'delete', keyspace: Keyspace): void {
    if (this.#has('corrupt')) throw new Refused('KV_CORRUPT');
    if (kind === 'put' && this.#isFull(keyspace)) throw new Refused('KV_QUOTA_EXCEEDED');
  }

  grow(keyspace: Keyspace, bytes: number, growth: number): void {
    if (growth <= 0 || bytes + growth <= this.#quotaOf(keyspace)) return;
    if (this.#format >= ALARMS_SINCE) {
      this.#alarms = [...this.#alarms, { kind: 'no-space', memberId: STORE, keyspace }];
      this.#onFull();
    }
    throw new Refused('KV_QUOTA_EXCEEDED');
  }

  #quotaOf(keyspace: Keyspace): number {
    const { quotaBytes = Number.POSITIVE_INFINITY, catalogQuotaBytes, systemQuotaBytes } = this.#limits ?? {};
    const own = { user: quotaBytes, catalog: catalogQuotaBytes, system: systemQuotaBytes };
    return own[keyspace] ?? quotaBytes;
  }

  #has(kind: Alarm['kind']): boolean {
    return this.#alarms.some((alarm) => alarm.kind === kind);
  }

  #isFull(keyspace: Keyspace): boolean {
    return this.#alarms.some((one) => one.kind === 'no-space' && (one.keyspace ?? keyspace) === keyspace);
  }
}

const BEGINNING: AlarmMoment = { format: 1, limits: undefined, alarms: [] };

/** What a cluster that is restored has of it: it is as full as it was, and its members are others. */
export function restoredAlarms(before: AlarmMoment): AlarmMoment {
  const alarms: Alarm[] = [];
  for (const { kind, keyspace } of before.alarms) {
    const alarm = { kind, memberId: STORE, keyspace };
    if (kind === 'no-space' && !alarms.some((one) => isSame(one, alarm))) alarms.push(alarm);
  }
  return { ...before, alarms };
}

function needsAlarms(command: Command): boolean {
  switch (command.kind) {
    case 'raise-alarm':
    case 'disarm-alarm':
      return true;
    case 'grant':
      return command.keyspace !== undefined;
    case 'limit':
      return command.limits.catalogQuotaBytes !== undefined || command.limits.systemQuotaBytes !== undefined;
    default:
      return false;
  }
}

function isSame(one: Alarm, other: Alarm): boolean {
  return one.kind === other.kind && one.memberId === other.memberId && one.keyspace === other.keyspace;
}

/** Who disarms may mean those of all members, and of all keyspaces. */
function isMeant(one: Alarm, { kind, memberId, keyspace }: Alarm): boolean {
  return (
    one.kind === kind &&
    (memberId === STORE || one.memberId === memberId) &&
    (keyspace === undefined || one.keyspace === keyspace)
  );
}
