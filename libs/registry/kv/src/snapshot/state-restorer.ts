import type {
  SnapshotAnswer,
  SnapshotKeyspace,
  SnapshotLease,
  SnapshotSession,
  SnapshotStart,
} from '@portolan/contracts/kv-snapshot';
import { checkedInteger, PortolanError, unreachable } from '@portolan/kernel';
import { MalformedSnapshotError, UnknownSnapshotError } from '../errors.ts';
import { KEYSPACES, leaseId, revision, sessionId, type SessionId } from '../ids.ts';
import type { KeyValue } from '../key-value.ts';
import type { Alarm } from '../kv-admin.ts';
import { distinctAlarms } from '../machine/alarms.ts';
import type { Applied } from '../machine/command.ts';
import { COMMAND_FORMAT, FIRST_COMMAND_FORMAT } from '../machine/command-format.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import { LeaseTable } from '../machine/lease-table.ts';
import type { MachineState } from '../machine/machine-state.ts';
import { SessionTable } from '../machine/session-table.ts';
import type { WatchEvent } from '../watch-request.ts';
import { decodeAlarm } from '../wire/alarm.ts';
import { decodeLimits } from '../wire/limits.ts';
import { decodeKeyspace, decodeKeyValue } from '../wire/scalars.ts';
import { decodeAnswer } from '../wire/txn.ts';
import { decodeEvent } from '../wire/watch.ts';
import { KeyspaceRestorer } from './keyspace-restorer.ts';
import { decodeRefusal } from './refusal.ts';
import type { ContentRecord } from './slice-reader.ts';
import { SNAPSHOT_FORMAT } from './write-snapshot.ts';

interface OpenSession {
  readonly id: SessionId;
  readonly newest: number;
  readonly results: Map<number, Applied>;
}

/** Makes a state again, record by record. */
export class StateRestorer {
  readonly #before: MachineState | undefined;
  readonly #leases = new LeaseTable();
  readonly #sessions = new SessionTable();
  readonly #sessionIds = new Set<SessionId>();
  readonly #keyspaces: KeyspaceState[] = [];
  #start: SnapshotStart | undefined;
  #alarms: readonly Alarm[] = [];
  #session: OpenSession | undefined;
  #keyspace: KeyspaceRestorer | undefined;

  /** @param before what it takes the place of, whose keys and values are used again where they are the same */
  constructor(before: MachineState | undefined) {
    this.#before = before;
  }

  /** Hot path: once per key. @throws UnknownSnapshotError, MalformedSnapshotError */
  take(record: ContentRecord): void {
    try {
      this.#take(record);
    } catch (error) {
      if (error instanceof UnknownSnapshotError || error instanceof MalformedSnapshotError) throw error;
      if (!(error instanceof PortolanError)) throw error;
      throw new MalformedSnapshotError(`a record (${record.$case}) makes no sense`, error);
    }
  }

  /** @throws MalformedSnapshotError */
  finish(): MachineState {
    this.#endKeyspace();
    const [user, catalog, system] = this.#keyspaces;
    if (this.#start === undefined || user === undefined || catalog === undefined || system === undefined) {
      throw new MalformedSnapshotError('it is not of a whole store');
    }
    const { index, revision: current, limits, commandFormat } = this.#start;
    if (limits === undefined) throw new MalformedSnapshotError('it has no limits');
    return {
      index: checkedInteger(index, 'index'),
      revision: revision(current),
      limits: decodeLimits(limits),
      format: Math.max(FIRST_COMMAND_FORMAT, commandFormat),
      alarms: this.#alarms,
      keyspaces: { user, catalog, system },
      leases: this.#leases,
      sessions: this.#sessions,
    };
  }

  #take(record: ContentRecord): void {
    requirePlace(record, (record.$case === 'start') === (this.#start === undefined));
    switch (record.$case) {
      case 'start':
        this.#begin(record.value);
        break;
      case 'lease':
        requirePlace(record, this.#session === undefined && this.#keyspace === undefined);
        this.#grant(record.value);
        break;
      case 'session':
        requirePlace(record, this.#keyspace === undefined);
        this.#beginSession(record.value);
        break;
      case 'answer':
        requirePlace(record, this.#session !== undefined);
        this.#session.results.set(checkedInteger(record.value.sequence, 'sequence'), decodeKept(record.value));
        break;
      case 'keyspace':
        this.#beginKeyspace(record.value);
        break;
      case 'keyValue':
        requirePlace(record, this.#keyspace !== undefined);
        this.#keyspace.key(this.#own(decodeKeyValue(record.value)));
        break;
      case 'event':
        requirePlace(record, this.#keyspace !== undefined);
        this.#keyspace.event(this.#ownEvent(decodeEvent(record.value)));
        break;
      default:
        unreachable(record);
    }
  }

  /** With a value that keeps no larger buffer alive. */
  #own(keyValue: KeyValue): KeyValue {
    const keyspace = KEYSPACES[this.#keyspaces.length];
    const known = keyspace && this.#before?.keyspaces[keyspace].find(keyValue.key, keyValue.modRevision);
    // Compared, not believed: if this member has it wrong, the snapshot puts it right.
    if (known !== undefined && isSame(known, keyValue)) return known;
    return { ...keyValue, value: new Uint8Array(keyValue.value) };
  }

  #ownEvent(event: WatchEvent): WatchEvent {
    return event.kind === 'put' ? { ...event, keyValue: this.#own(event.keyValue) } : event;
  }

  #begin(start: SnapshotStart): void {
    if (start.format < 1) throw new MalformedSnapshotError('it does not say its format');
    if (start.format > SNAPSHOT_FORMAT) throw new UnknownSnapshotError(start.format, SNAPSHOT_FORMAT);
    if (start.commandFormat > COMMAND_FORMAT) throw new UnknownSnapshotError(start.commandFormat, COMMAND_FORMAT);
    this.#start = start;
    this.#alarms = distinctAlarms(start.alarms.map(decodeAlarm));
  }

  #grant({ id, ttlSeconds, grantedAt }: SnapshotLease): void {
    const lease = {
      id: leaseId(id),
      ttlSeconds: checkedInteger(ttlSeconds, 'ttl_seconds'),
      grantedAt: checkedInteger(grantedAt, 'granted_at'),
    };
    if (this.#leases.has(lease.id)) throw new MalformedSnapshotError(`lease ${String(id)} is in it twice`);
    this.#leases.add(lease);
  }

  #beginSession({ id, newestSequence }: SnapshotSession): void {
    this.#endSession();
    const session = sessionId(id);
    if (this.#sessionIds.has(session)) throw new MalformedSnapshotError(`session ${String(id)} is in it twice`);
    this.#sessionIds.add(session);
    this.#session = { id: session, newest: checkedInteger(newestSequence, 'newest_sequence'), results: new Map() };
  }

  #endSession(): void {
    if (this.#session !== undefined) this.#sessions.restore(this.#session.id, this.#session);
    this.#session = undefined;
  }

  #beginKeyspace({ keyspace, floor }: SnapshotKeyspace): void {
    this.#endSession();
    this.#endKeyspace();
    const expected = KEYSPACES[this.#keyspaces.length];
    const name = decodeKeyspace(keyspace);
    if (name !== expected) throw new MalformedSnapshotError(`the keyspace ${name} is out of order`);
    const newest = revision(this.#start?.revision ?? 0);
    this.#keyspace = new KeyspaceRestorer(name, { floor: revision(floor), newest }, this.#leases);
  }

  #endKeyspace(): void {
    if (this.#keyspace !== undefined) this.#keyspaces.push(this.#keyspace.finish());
    this.#keyspace = undefined;
  }
}

function requirePlace(record: ContentRecord, isHere: boolean): asserts isHere {
  if (!isHere) throw new MalformedSnapshotError(`a record (${record.$case}) is out of place`);
}

function decodeKept({ revision: at, answer }: SnapshotAnswer): Applied {
  switch (answer?.$case) {
    case 'txn':
      return { kind: 'txn', revision: revision(at), answer: decodeAnswer(answer.value) };
    case 'refused':
      return { kind: 'refused', revision: revision(at), error: decodeRefusal(answer.value) };
    case undefined:
      throw new MalformedSnapshotError('a kept answer is empty');
  }
}

function isSame(a: KeyValue, b: KeyValue): boolean {
  return (
    a.createRevision === b.createRevision &&
    a.version === b.version &&
    a.lease === b.lease &&
    Buffer.compare(a.value, b.value) === 0
  );
}
