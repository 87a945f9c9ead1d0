import type { SnapshotAnswer } from '@portolan/contracts/kv-snapshot';
import { assert } from '@portolan/kernel';
import { KEYSPACES, type Keyspace, type Revision, type SessionId } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import type { AgreedLimits } from '../limits.ts';
import { answerBytes } from '../machine/answer-bytes.ts';
import { keyValueBytes, type Change } from '../machine/change.ts';
import type { Applied } from '../machine/command.ts';
import { FIRST_COMMAND_FORMAT } from '../machine/command-format.ts';
import type { CapturedKeyspace } from '../machine/keyspace-state.ts';
import type { GrantedLease } from '../machine/lease-table.ts';
import type { MachineState } from '../machine/machine-state.ts';
import type { KeptSession } from '../machine/session-table.ts';
import { encodeAlarm } from '../wire/alarm.ts';
import { encodeLimits } from '../wire/limits.ts';
import { encodeKeyspace, encodeKeyValue } from '../wire/scalars.ts';
import { encodeAnswer } from '../wire/txn.ts';
import { encodeEvent } from '../wire/watch.ts';
import { encodeRefusal } from './refusal.ts';
import { SliceWriter, type Slices } from './slice-writer.ts';

/** The highest that this version knows. One more whenever a member of before would not understand all of one. */
export const SNAPSHOT_FORMAT = 2;

/** While the cluster is at the first format of commands, its older members can read this. */
const FIRST_SNAPSHOT_FORMAT = 1;

/** A machine's state at one moment, to which nobody writes any more. */
interface CapturedState {
  readonly index: number;
  readonly revision: Revision;
  readonly limits: AgreedLimits;
  readonly format: number;
  readonly alarms: readonly Alarm[];
  readonly leases: Iterable<GrantedLease>;
  readonly sessions: Iterable<readonly [SessionId, KeptSession]>;
  readonly keyspaces: readonly (readonly [Keyspace, CapturedKeyspace])[];
}

/** @returns the state as it is when this is called, to be read once; a slice is made when it is asked for */
export function writeSnapshot(state: MachineState): Iterable<Uint8Array> {
  return slicesOf({
    index: state.index,
    revision: state.revision,
    limits: state.limits,
    format: state.format,
    alarms: state.alarms,
    leases: state.leases.capture().values(),
    sessions: state.sessions.capture(),
    keyspaces: KEYSPACES.map((keyspace) => [keyspace, state.keyspaces[keyspace].capture()]),
  });
}

function* slicesOf(captured: CapturedState): Slices {
  const { index, revision, limits, format, alarms, leases, sessions, keyspaces } = captured;
  const isFirst = format === FIRST_COMMAND_FORMAT;
  const writer = new SliceWriter();
  const start = {
    format: isFirst ? FIRST_SNAPSHOT_FORMAT : SNAPSHOT_FORMAT,
    index: BigInt(index),
    revision: BigInt(revision),
    limits: encodeLimits(limits),
    commandFormat: isFirst ? 0 : format,
    alarms: alarms.map(encodeAlarm),
  };
  writer.write({ $case: 'start', value: start }, 0);
  for (const { id, ttlSeconds, grantedAt } of leases) {
    const value = { id, ttlSeconds: BigInt(ttlSeconds), grantedAt: BigInt(grantedAt) };
    writer.write({ $case: 'lease', value }, 0);
    if (writer.isDue) yield* writer.take();
  }
  for (const [id, session] of sessions) yield* slicesOfSession(writer, id, session);
  for (const [keyspace, state] of keyspaces) yield* slicesOfKeyspace(writer, keyspace, state);
  yield* writer.take();
  yield* writer.end();
}

function* slicesOfSession(writer: SliceWriter, id: SessionId, { newest, results }: KeptSession): Slices {
  writer.write({ $case: 'session', value: { id, newestSequence: BigInt(newest) } }, 0);
  for (const [sequence, applied] of results) {
    const value = { sequence: BigInt(sequence), revision: BigInt(applied.revision), answer: encodeKept(applied) };
    writer.write({ $case: 'answer', value }, applied.kind === 'txn' ? answerBytes(applied.answer) : 0);
    if (writer.isDue) yield* writer.take();
  }
}

function encodeKept(applied: Applied): SnapshotAnswer['answer'] {
  assert(applied.kind !== 'done', 'what is kept are results of transactions');
  return applied.kind === 'txn'
    ? { $case: 'txn', value: encodeAnswer(applied.answer) }
    : { $case: 'refused', value: encodeRefusal(applied.error) };
}

function* slicesOfKeyspace(writer: SliceWriter, keyspace: Keyspace, captured: CapturedKeyspace): Slices {
  const { floor, atFloor, changes } = captured;
  writer.write({ $case: 'keyspace', value: { keyspace: encodeKeyspace(keyspace), floor: BigInt(floor) } }, 0);
  for (const keyValue of atFloor.values()) {
    writer.write({ $case: 'keyValue', value: encodeKeyValue(keyValue) }, keyValueBytes(keyValue));
    if (writer.isDue) yield* writer.take();
  }
  for (const change of changes) yield* slicesOfChange(writer, change, floor);
}

function* slicesOfChange(writer: SliceWriter, { revision, events }: Change, floor: Revision): Slices {
  for (const { event, previous } of events) {
    // What was before a later event is there when the events before it have been restored.
    const value = encodeEvent(revision === floor ? { ...event, previous } : event);
    const { keyValue } = value;
    writer.write({ $case: 'event', value }, (keyValue?.key.length ?? 0) + (keyValue?.value.length ?? 0));
    if (writer.isDue) yield* writer.take();
  }
}
