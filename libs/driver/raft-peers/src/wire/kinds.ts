import { EntryKind, MessageKind, RefusalReason } from '@portolan/contracts/raft-peer';
import type { Entry, Message, RefusalReason as Refusal } from '@portolan/raft';

/** What goes over a stream; a snapshot has one of its own. */
export type StreamedMessage = Exclude<Message, { readonly kind: 'install-snapshot' }>;

export const MESSAGE_KINDS = {
  'pre-vote': MessageKind.PRE_VOTE,
  vote: MessageKind.VOTE,
  'pre-vote-response': MessageKind.PRE_VOTE_RESPONSE,
  'vote-response': MessageKind.VOTE_RESPONSE,
  append: MessageKind.APPEND,
  appended: MessageKind.APPENDED,
  'append-refused': MessageKind.APPEND_REFUSED,
  heartbeat: MessageKind.HEARTBEAT,
  'heartbeat-response': MessageKind.HEARTBEAT_RESPONSE,
  'stale-term': MessageKind.STALE_TERM,
  'timeout-now': MessageKind.TIMEOUT_NOW,
  forward: MessageKind.FORWARD,
  forwarded: MessageKind.FORWARDED,
  'read-index': MessageKind.READ_INDEX,
  'read-index-response': MessageKind.READ_INDEX_RESPONSE,
  'not-a-member': MessageKind.NOT_A_MEMBER,
} as const satisfies Record<StreamedMessage['kind'], MessageKind>;

export const ENTRY_KINDS = {
  empty: EntryKind.EMPTY,
  command: EntryKind.COMMAND,
  configuration: EntryKind.CONFIGURATION,
} as const satisfies Record<Entry['kind'], EntryKind>;

export const REFUSAL_REASONS = {
  'not-leader': RefusalReason.NOT_LEADER,
  overloaded: RefusalReason.OVERLOADED,
  transferring: RefusalReason.TRANSFERRING,
} as const satisfies Record<Refusal, RefusalReason>;

/** Numbers of the fields of `RaftMessage`, which is written and read by hand: peer.proto says what they mean. */
export const FIELD = {
  kind: 1,
  term: 2,
  index: 3,
  logTerm: 4,
  committed: 5,
  hintIndex: 6,
  hintTerm: 7,
  round: 8,
  flag: 9,
  start: 10,
  sequence: 11,
  refusal: 12,
  entries: 13,
  proposals: 14,
} as const;

/** Of `LogEntry`. */
export const ENTRY_FIELD = { kind: 1, term: 2, data: 3, configuration: 4 } as const;

/** Of `PeerFrame`. */
export const FRAME_FIELD = { hello: 1, ping: 2, pong: 3, book: 4, messages: 5 } as const;

/** How a field is laid out. */
export const LAYOUT = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
