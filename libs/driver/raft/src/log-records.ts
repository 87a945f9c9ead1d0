import {
  logIndex,
  memberId,
  term,
  type Configuration,
  type Entry,
  type HardState,
  type LogIndex,
  type MemberId,
  type SnapshotMetadata,
  type Term,
} from '@portolan/raft';
import type { WalRecord } from '@portolan/storage';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { MalformedRecordError, UnknownRecordError } from './errors.ts';

/** Types of records in the log on disk. Numbers are never used again for something else. */
export const RECORD_TYPES = { entry: 1, hardState: 2, snapshot: 3, identity: 4 } as const;
/** Of the records here; grows when one of them changes. A log of a later version is refused. */
export const FORMAT_VERSION = 1;

/** Whose log it is, and how often it was opened: the first record of every opening. */
export interface Identity {
  readonly clusterId: bigint;
  readonly memberId: MemberId;
  /** Grows with each start, so that what one start asked is told from what another did. */
  readonly start: number;
  /** What the cluster began with; empty for a member that joined. */
  readonly first: Configuration;
}

/** A snapshot is complete on disk, and the log may go on from it. */
export interface SnapshotMark {
  readonly index: LogIndex;
  readonly term: Term;
  /** `installed`: it came from a leader, and what the log had before is void. */
  readonly origin: 'taken' | 'installed';
}

export type LogRecord =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'hard-state'; readonly hardState: HardState }
  | { readonly kind: 'snapshot'; readonly mark: SnapshotMark }
  | { readonly kind: 'identity'; readonly identity: Identity };

const ENTRY_KINDS = ['empty', 'command', 'configuration'] as const;
const ENTRY_HEAD_BYTES = 17;

/** Hot path: apps/bench/raft. One buffer for all entries of a write. */
export function encodeEntries(entries: readonly Entry[]): readonly WalRecord[] {
  let bytes = 0;
  for (const entry of entries) bytes += ENTRY_HEAD_BYTES + contentBytes(entry);
  const writer = new ByteWriter(bytes);
  return entries.map((entry) => {
    writeEntry(writer, entry);
    return { type: RECORD_TYPES.entry, data: writer.take() };
  });
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.uint8(ENTRY_KINDS.indexOf(entry.kind));
  writer.integer(entry.index);
  writer.integer(entry.term);
  if (entry.kind === 'command') {
    writer.raw(entry.data);
  } else if (entry.kind === 'configuration') {
    writeConfiguration(writer, entry.configuration);
    writer.raw(entry.context);
  }
}

function contentBytes(entry: Entry): number {
  if (entry.kind === 'command') return entry.data.length;
  return entry.kind === 'empty' ? 0 : configurationBytes(entry.configuration) + entry.context.length;
}

export function encodeHardState({ term, vote, committed }: HardState): WalRecord {
  const writer = new ByteWriter(25);
  writer.integer(term);
  writer.uint8(vote === undefined ? 0 : 1);
  writer.uint64(vote ?? 0n);
  writer.integer(committed);
  return { type: RECORD_TYPES.hardState, data: writer.bytes };
}

export function encodeMark({ index, term, origin }: SnapshotMark): WalRecord {
  const writer = new ByteWriter(17);
  writer.integer(index);
  writer.integer(term);
  writer.uint8(origin === 'installed' ? 1 : 0);
  return { type: RECORD_TYPES.snapshot, data: writer.bytes };
}

export function encodeIdentity({ clusterId, memberId, start, first }: Identity): WalRecord {
  const writer = new ByteWriter(28 + configurationBytes(first));
  writer.uint32(FORMAT_VERSION);
  writer.uint64(clusterId);
  writer.uint64(memberId);
  writer.integer(start);
  writeConfiguration(writer, first);
  return { type: RECORD_TYPES.identity, data: writer.bytes };
}

/**
 * @throws UnknownRecordError for what a later version wrote
 * @throws MalformedRecordError for what no version writes
 */
export function decodeRecord({ type, data }: WalRecord): LogRecord {
  switch (type) {
    case RECORD_TYPES.entry:
      return { kind: 'entry', entry: decodeEntry(data) };
    case RECORD_TYPES.hardState:
      return { kind: 'hard-state', hardState: decodeHardState(data) };
    case RECORD_TYPES.snapshot:
      return { kind: 'snapshot', mark: decodeMark(data) };
    case RECORD_TYPES.identity:
      return { kind: 'identity', identity: decodeIdentity(data) };
    default:
      throw new UnknownRecordError(`record type ${type}`);
  }
}

function decodeEntry(data: Uint8Array): Entry {
  const reader = new ByteReader(data, 'entry');
  const kind = ENTRY_KINDS[reader.uint8()];
  const index = logIndex(reader.integer());
  const entryTerm = term(reader.integer());
  switch (kind) {
    case 'empty':
      reader.end();
      return { kind, index, term: entryTerm };
    case 'command':
      return { kind, index, term: entryTerm, data: reader.rest() };
    case 'configuration':
      return { kind, index, term: entryTerm, configuration: readConfiguration(reader), context: reader.rest() };
    case undefined:
      throw new MalformedRecordError('entry', 'its kind is unknown');
    default:
      return kind satisfies never;
  }
}

function decodeHardState(data: Uint8Array): HardState {
  const reader = new ByteReader(data, 'hard state');
  const stateTerm = term(reader.integer());
  const hasVote = reader.uint8() === 1;
  const vote = memberId(reader.uint64());
  const committed = logIndex(reader.integer());
  reader.end();
  return { term: stateTerm, vote: hasVote ? vote : undefined, committed };
}

function decodeMark(data: Uint8Array): SnapshotMark {
  const reader = new ByteReader(data, 'snapshot mark');
  const index = logIndex(reader.integer());
  const markTerm = term(reader.integer());
  const origin = reader.uint8() === 1 ? 'installed' : 'taken';
  reader.end();
  return { index, term: markTerm, origin };
}

function decodeIdentity(data: Uint8Array): Identity {
  const reader = new ByteReader(data, 'identity');
  const version = reader.uint32();
  if (version !== FORMAT_VERSION) throw new UnknownRecordError(`log format ${version}`);
  const clusterId = reader.uint64();
  const id = memberId(reader.uint64());
  const start = reader.integer();
  const first = readConfiguration(reader);
  reader.end();
  return { clusterId, memberId: id, start, first };
}

/** Of a snapshot, in its file: without the configuration the log could not go on from it. */
export function encodeMetadata({ index, term, configuration }: SnapshotMetadata): Uint8Array {
  const writer = new ByteWriter(20 + configurationBytes(configuration));
  writer.uint32(FORMAT_VERSION);
  writer.integer(index);
  writer.integer(term);
  writeConfiguration(writer, configuration);
  return writer.bytes;
}

/** @throws UnknownRecordError, MalformedRecordError */
export function decodeMetadata(data: Uint8Array): SnapshotMetadata {
  const reader = new ByteReader(data, 'snapshot metadata');
  const version = reader.uint32();
  if (version !== FORMAT_VERSION) throw new UnknownRecordError(`snapshot format ${version}`);
  const index = logIndex(reader.integer());
  const snapshotTerm = term(reader.integer());
  const configuration = readConfiguration(reader);
  reader.end();
  return { index, term: snapshotTerm, configuration };
}

const SETS = ['voters', 'outgoing', 'learners', 'learnersNext'] as const;

function configurationBytes(configuration: Configuration): number {
  return SETS.reduce((bytes, set) => bytes + 4 + 8 * configuration[set].length, 0);
}

function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  for (const set of SETS) {
    writer.uint32(configuration[set].length);
    for (const id of configuration[set]) writer.uint64(id);
  }
}

function readConfiguration(reader: ByteReader): Configuration {
  const set = (): readonly MemberId[] => {
    const ids: MemberId[] = [];
    for (let left = reader.uint32(); left > 0; left -= 1) ids.push(memberId(reader.uint64()));
    return ids;
  };
  return { voters: set(), outgoing: set(), learners: set(), learnersNext: set() };
}
