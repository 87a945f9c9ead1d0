import { MemberSets } from '@portolan/contracts/raft-peer';
import { assert } from '@portolan/kernel';
import type { Entry } from '@portolan/raft';
import { ENTRY_FIELD, ENTRY_KINDS, FIELD, MESSAGE_KINDS, REFUSAL_REASONS, type StreamedMessage } from './kinds.ts';
import { fieldBytes, ProtoWriter, varintBytes } from './proto-writer.ts';

/** A `RaftMessage` as it goes over the wire, in two parts. */
export interface EncodedMessage {
  readonly head: Uint8Array;
  /** Entries or proposals; shared between the peers that are sent the same. */
  readonly tail: Uint8Array;
}

/** The head of any message: twelve integers with their tags. */
const HEAD_BYTES_MAX = 12 * 9;
/** A larger one is encoded for each peer: it is not to be held for nothing when there is no other. */
const KEPT_BYTES_MAX = 2 * 1_048_576;
const NOTHING = Buffer.alloc(0);

/** Encodes messages; the entries that several followers are sent, once. Hot path: apps/bench/raft. */
export class MessageEncoder {
  readonly #head = new ProtoWriter(Buffer.alloc(HEAD_BYTES_MAX));
  /** Those encoded last. Two appends of the same entries have the same objects: they are shared, and never change. */
  #entries: readonly Entry[] = [];
  #encodedEntries: Uint8Array = NOTHING;

  encode(message: StreamedMessage): EncodedMessage {
    const head = this.#head;
    head.at = 0;
    head.integer(FIELD.kind, MESSAGE_KINDS[message.kind]);
    head.integer(FIELD.term, message.term);
    writeContent(head, message);
    const copy = Buffer.from(head.bytes.subarray(0, head.at));
    return { head: copy, tail: this.#tail(message) };
  }

  #tail(message: StreamedMessage): Uint8Array {
    if (message.kind === 'append') return this.#sharedEntries(message.entries);
    return message.kind === 'forward' ? encodeProposals(message.proposals) : NOTHING;
  }

  #sharedEntries(entries: readonly Entry[]): Uint8Array {
    const { length } = entries;
    if (length === 0) return NOTHING;
    const isSame =
      length === this.#entries.length && entries[0] === this.#entries[0] && entries.at(-1) === this.#entries.at(-1);
    if (isSame) return this.#encodedEntries;
    const encoded = encodeEntries(entries);
    const isKept = encoded.length <= KEPT_BYTES_MAX;
    this.#entries = isKept ? entries : [];
    this.#encodedEntries = isKept ? encoded : NOTHING;
    return encoded;
  }
}

function writeContent(head: ProtoWriter, message: StreamedMessage): void {
  switch (message.kind) {
    case 'pre-vote':
    case 'vote':
      head.integer(FIELD.index, message.lastIndex);
      head.integer(FIELD.logTerm, message.lastTerm);
      head.integer(FIELD.flag, message.transfer ? 1 : 0);
      break;
    case 'pre-vote-response':
    case 'vote-response':
      head.integer(FIELD.flag, message.granted ? 1 : 0);
      break;
    case 'append':
      head.integer(FIELD.index, message.previousIndex);
      head.integer(FIELD.logTerm, message.previousTerm);
      head.integer(FIELD.committed, message.committed);
      break;
    case 'appended':
      head.integer(FIELD.index, message.index);
      break;
    case 'append-refused':
      head.integer(FIELD.index, message.previousIndex);
      head.integer(FIELD.hintIndex, message.hintIndex);
      head.integer(FIELD.hintTerm, message.hintTerm);
      break;
    case 'heartbeat':
      head.integer(FIELD.committed, message.committed);
      head.integer(FIELD.round, message.round);
      break;
    case 'heartbeat-response':
      head.integer(FIELD.round, message.round);
      break;
    case 'stale-term':
    case 'timeout-now':
      break;
    case 'not-a-member':
      head.integer(FIELD.committed, message.committed);
      break;
    case 'forward':
    case 'read-index':
      writeBatch(head, message.batch);
      break;
    case 'forwarded':
      writeOutcome(head, message);
      break;
    case 'read-index-response':
      head.integer(FIELD.index, message.index);
      writeBatch(head, message.batch);
      break;
    default:
      message satisfies never;
  }
}

type Forwarded = Extract<StreamedMessage, { readonly kind: 'forwarded' }>;

function writeOutcome(head: ProtoWriter, { batch, outcome }: Forwarded): void {
  if (outcome.kind === 'placed') head.integer(FIELD.index, outcome.firstIndex);
  writeBatch(head, batch);
  if (outcome.kind === 'refused') head.integer(FIELD.refusal, REFUSAL_REASONS[outcome.reason]);
}

function writeBatch(head: ProtoWriter, { start, sequence }: Forwarded['batch']): void {
  head.integer(FIELD.start, start);
  head.integer(FIELD.sequence, sequence);
}

function encodeProposals(proposals: readonly Uint8Array[]): Uint8Array {
  const bytes = proposals.reduce((sum, data) => sum + fieldBytes(data.length), 0);
  const writer = new ProtoWriter(Buffer.allocUnsafe(bytes));
  for (const data of proposals) writer.data(FIELD.proposals, data);
  return whole(writer);
}

function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const sets = new Map<Entry, Uint8Array>();
  let bytes = 0;
  for (const entry of entries) {
    if (entry.kind === 'configuration') sets.set(entry, MemberSets.encode(entry.configuration).finish());
    bytes += fieldBytes(entryBytes(entry, sets.get(entry)));
  }
  const writer = new ProtoWriter(Buffer.allocUnsafe(bytes));
  for (const entry of entries) writeEntry(writer, entry, sets.get(entry));
  return whole(writer);
}

function dataOf(entry: Entry): Uint8Array {
  if (entry.kind === 'command') return entry.data;
  return entry.kind === 'configuration' ? entry.context : NOTHING;
}

function entryBytes(entry: Entry, sets: Uint8Array | undefined): number {
  const data = dataOf(entry);
  const fixed = 2 + 1 + varintBytes(entry.term);
  const withData = data.length === 0 ? fixed : fixed + fieldBytes(data.length);
  return sets === undefined ? withData : withData + fieldBytes(sets.length);
}

function writeEntry(writer: ProtoWriter, entry: Entry, sets: Uint8Array | undefined): void {
  writer.begin(FIELD.entries, entryBytes(entry, sets));
  writer.integer(ENTRY_FIELD.kind, ENTRY_KINDS[entry.kind]);
  writer.integer(ENTRY_FIELD.term, entry.term);
  const data = dataOf(entry);
  if (data.length > 0) writer.data(ENTRY_FIELD.data, data);
  if (sets !== undefined) writer.data(ENTRY_FIELD.configuration, sets);
}

function whole({ bytes, at }: ProtoWriter): Uint8Array {
  assert(at === bytes.length, 'what is written is what was measured');
  return bytes;
}
