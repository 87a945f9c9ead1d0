export {
  enterChange,
  firstConfiguration,
  formatConfiguration,
  isJoint,
  isVoter,
  membersOf,
  NO_MEMBERS,
  type Configuration,
  type ConfigurationChange,
} from './configuration.ts';
export { entryBytes, type CommandEntry, type ConfigurationEntry, type EmptyEntry, type Entry } from './entry.ts';
export {
  ChangePendingError,
  EmptyConfigurationError,
  LearnerBehindError,
  LogLostError,
  NoLeaderError,
  NotLeaderError,
  OverloadedError,
  TransferringError,
  UnknownMemberError,
} from './errors.ts';
export type { RaftEvent, RoleName } from './event.ts';
export { logIndex, memberId, NO_INDEX, NO_TERM, term, type LogIndex, type MemberId, type Term } from './ids.ts';
export type { BatchId, Message, RefusalReason } from './message.ts';
export { DEFAULT_LIMITS, type RaftLimits, type RaftOptions } from './options.ts';
export { Raft } from './raft.ts';
export type { HardState, Persist, Placement, ReadAnswer, Ready } from './ready.ts';
export type { SnapshotMetadata } from './snapshot.ts';
export type { Leadership, PeerStatus, RaftStatus } from './status.ts';
