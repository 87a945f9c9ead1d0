export {
  FolderTakenError,
  ForeignLogError,
  LogIncompleteError,
  MalformedRecordError,
  MemberStoppedError,
  ProposalUnknownError,
  ReadTimeoutError,
  UnknownRecordError,
} from './errors.ts';
export { decodeMetadata, decodeRecord, type Identity, type LogRecord, type SnapshotMark } from './log-records.ts';
export {
  ANSWER_TIMEOUT_MS,
  DEFAULT_SNAPSHOT_POLICY,
  TICK_MS,
  type MemberEvent,
  type RaftMemberOptions,
  type SnapshotPolicy,
} from './options.ts';
export { startRaft, type RaftMember } from './raft-member.ts';
export type { CommittedCommand, StateMachine } from './state-machine.ts';
export type { InstallSnapshot, Transport } from './transport.ts';
export { writeFirstSnapshot, type FirstSnapshot } from './write-first-snapshot.ts';
