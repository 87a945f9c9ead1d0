import { EntryKind, MemberSets, MessageKind, RefusalReason } from '@portolan/contracts/raft-peer';
import {
  logIndex,
  memberId,
  term,
  type BatchId,
  type Configuration,
  type Entry,
  type LogIndex,
  type MemberId,
  type Term,
} from '@portolan/raft';
import { ENTRY_FIELD, FIELD, type StreamedMessage } from './kinds.ts';
import type { ProtoReader } from './proto-reader.ts';

/** Between whom a stream is: its messages do not say so themselves. */
export interface Ends {
  readonly from: MemberId;
  readonly to: MemberId;
}

/** The fields as they came; what is missing is 0. */
class Fields {
  kind = 0;
  term = 0;
  index = 0;
  logTerm = 0;
  committed = 0;
  hintIndex = 0;
  hintTerm = 0;
  round = 0;
  flag = 0;
  start = 0;
  sequence = 0;
  refusal = 0;
  readonly entries: Entry[] = [];
  readonly proposals: Uint8Array[] = [];
}

/**
 * Reads one `RaftMessage`. What it returns has no part of what was read: entries stay in the log long after it. Hot path: apps/bench/raft.
 * @throws MalformedFrameError for what no member sends: the core is never given a message that breaks what it believes of all
 */
export function decodeMessage(reader: ProtoReader, ends: Ends): StreamedMessage {
  const fields = new Fields();
  let isDetached = false;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (!isDetached && (field === FIELD.entries || field === FIELD.proposals)) {
      reader.detach();
      isDetached = true;
    }
    readField(reader, field, fields);
  }
  return messageOf(fields, ends, reader);
}

function readField(reader: ProtoReader, field: number, fields: Fields): void {
  switch (field) {
    case FIELD.kind:
      fields.kind = reader.integer();
      break;
    case FIELD.term:
      fields.term = reader.integer();
      break;
    case FIELD.index:
      fields.index = reader.integer();
      break;
    case FIELD.logTerm:
      fields.logTerm = reader.integer();
      break;
    case FIELD.committed:
      fields.committed = reader.integer();
      break;
    case FIELD.hintIndex:
      fields.hintIndex = reader.integer();
      break;
    case FIELD.hintTerm:
      fields.hintTerm = reader.integer();
      break;
    case FIELD.round:
      fields.round = reader.integer();
      break;
    case FIELD.flag:
      fields.flag = reader.integer();
      break;
    case FIELD.start:
      fields.start = reader.integer();
      break;
    case FIELD.sequence:
      fields.sequence = reader.integer();
      break;
    case FIELD.refusal:
      fields.refusal = reader.integer();
      break;
    case FIELD.entries:
      // Fields are written in the order of their numbers, so that `index` is known.
      fields.entries.push(readEntry(reader.message('log entry'), logIndex(fields.index + fields.entries.length + 1)));
      break;
    case FIELD.proposals:
      fields.proposals.push(reader.data());
      break;
    default:
      reader.skip();
  }
}

function messageOf(fields: Fields, ends: Ends, reader: ProtoReader): StreamedMessage {
  const { index, logTerm, hintIndex, hintTerm } = fields;
  const envelope = { ...ends, term: term(fields.term) };
  const { kind } = fields;
  // It is about the log alone.
  if (fields.term === 0 && kind !== MessageKind.NOT_A_MEMBER) throw reader.malformed('it is of term 0');
  switch (kind) {
    case MessageKind.PRE_VOTE:
    case MessageKind.VOTE:
      return {
        ...envelope,
        kind: kind === MessageKind.VOTE ? 'vote' : 'pre-vote',
        lastIndex: logIndex(index),
        lastTerm: term(logTerm),
        transfer: fields.flag === 1,
      };
    case MessageKind.PRE_VOTE_RESPONSE:
      return { ...envelope, kind: 'pre-vote-response', granted: fields.flag === 1 };
    case MessageKind.VOTE_RESPONSE:
      return { ...envelope, kind: 'vote-response', granted: fields.flag === 1 };
    case MessageKind.APPEND:
      return appendOf(fields, envelope, reader);
    case MessageKind.APPENDED:
      return { ...envelope, kind: 'appended', index: logIndex(index) };
    case MessageKind.APPEND_REFUSED:
      return {
        ...envelope,
        kind: 'append-refused',
        previousIndex: logIndex(index),
        hintIndex: logIndex(hintIndex),
        hintTerm: term(hintTerm),
      };
    case MessageKind.HEARTBEAT:
      return { ...envelope, kind: 'heartbeat', committed: logIndex(fields.committed), round: fields.round };
    case MessageKind.HEARTBEAT_RESPONSE:
      return { ...envelope, kind: 'heartbeat-response', round: fields.round };
    case MessageKind.STALE_TERM:
      return { ...envelope, kind: 'stale-term' };
    case MessageKind.TIMEOUT_NOW:
      return { ...envelope, kind: 'timeout-now' };
    case MessageKind.NOT_A_MEMBER:
      return { ...envelope, kind: 'not-a-member', committed: logIndex(fields.committed) };
    case MessageKind.FORWARD:
      return { ...envelope, kind: 'forward', batch: batchOf(fields), proposals: fields.proposals };
    case MessageKind.FORWARDED:
      return { ...envelope, kind: 'forwarded', batch: batchOf(fields), outcome: outcomeOf(fields, reader) };
    case MessageKind.READ_INDEX:
      return { ...envelope, kind: 'read-index', batch: batchOf(fields) };
    case MessageKind.READ_INDEX_RESPONSE:
      return { ...envelope, kind: 'read-index-response', batch: batchOf(fields), index: logIndex(index) };
    default:
      throw reader.malformed(`it is of the unknown kind ${kind}`);
  }
}

type Envelope = Ends & { readonly term: Term };

function appendOf(
  { index, logTerm, committed, entries }: Fields,
  envelope: Envelope,
  reader: ProtoReader,
): StreamedMessage {
  let last = logTerm;
  for (const entry of entries) {
    if (entry.term < last) throw reader.malformed('the terms of its entries fall');
    last = entry.term;
  }
  if (last > envelope.term) throw reader.malformed('an entry is of a later term than its leader');
  if (!Number.isSafeInteger(index + entries.length)) throw reader.malformed('its entries are past 2^53 − 1');
  return {
    ...envelope,
    kind: 'append',
    previousIndex: logIndex(index),
    previousTerm: term(logTerm),
    entries,
    committed: logIndex(committed),
  };
}

function outcomeOf(
  { index, refusal }: Fields,
  reader: ProtoReader,
): Extract<StreamedMessage, { readonly kind: 'forwarded' }>['outcome'] {
  switch (refusal) {
    case RefusalReason.UNSPECIFIED:
      if (index === 0) throw reader.malformed('it says neither where a proposal stands nor why it does not');
      return { kind: 'placed', firstIndex: logIndex(index) };
    case RefusalReason.NOT_LEADER:
      return { kind: 'refused', reason: 'not-leader' };
    case RefusalReason.OVERLOADED:
      return { kind: 'refused', reason: 'overloaded' };
    case RefusalReason.TRANSFERRING:
      return { kind: 'refused', reason: 'transferring' };
    default:
      throw reader.malformed(`it refuses for the unknown reason ${refusal}`);
  }
}

function batchOf({ start, sequence }: Fields): BatchId {
  return { start, sequence };
}

const NO_DATA = new Uint8Array(0);

function readEntry(reader: ProtoReader, index: LogIndex): Entry {
  let kind = 0;
  let entryTerm = 0;
  let data: Uint8Array = NO_DATA;
  let sets: Uint8Array | undefined;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case ENTRY_FIELD.kind:
        kind = reader.integer();
        break;
      case ENTRY_FIELD.term:
        entryTerm = reader.integer();
        break;
      case ENTRY_FIELD.data:
        data = reader.data();
        break;
      case ENTRY_FIELD.configuration:
        sets = reader.data();
        break;
      default:
        reader.skip();
    }
  }
  if (entryTerm === 0) throw reader.malformed('it is of term 0');
  switch (kind) {
    case EntryKind.EMPTY:
      return { kind: 'empty', index, term: term(entryTerm) };
    case EntryKind.COMMAND:
      return { kind: 'command', index, term: term(entryTerm), data };
    case EntryKind.CONFIGURATION:
      return {
        kind: 'configuration',
        index,
        term: term(entryTerm),
        configuration: decodeSets(sets, reader),
        context: data,
      };
    default:
      throw reader.malformed(`it is of the unknown kind ${kind}`);
  }
}

function decodeSets(bytes: Uint8Array | undefined, reader: ProtoReader): Configuration {
  if (bytes === undefined) throw reader.malformed('it has no members');
  let sets: MemberSets;
  try {
    sets = MemberSets.decode(bytes);
  } catch (error) {
    throw reader.malformed('its members do not decode', error);
  }
  const configuration = configurationOf(sets);
  if (configuration.voters.length === 0) throw reader.malformed('it leaves nobody to vote');
  return configuration;
}

export function configurationOf({ voters, outgoing, learners, learnersNext }: MemberSets): Configuration {
  return {
    voters: voters.map(memberId),
    outgoing: outgoing.map(memberId),
    learners: learners.map(memberId),
    learnersNext: learnersNext.map(memberId),
  };
}
