export type { Authorize, KvAction } from './access.ts';
export { actionsOfGrant } from './actions-of-grant.ts';
export { actionsOfTxn } from './actions-of-txn.ts';
export { DEFAULT_AUTO_COMPACTION, KEEP_BYTES, KEEP_CHANGES, type AutoCompaction } from './auto-compaction.ts';
export { checkGrant, checkRange, checkTxn, checkWatch } from './check-request.ts';
export { isAbsent, isUnchanged } from './compares.ts';
export {
  createEmbeddedStore,
  openEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  type StateHash,
} from './embedded-store.ts';
export {
  LastVoterError,
  LearnerNotReadyError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  TransferFailedError,
} from './admin-errors.ts';
export {
  CompactedError,
  DuplicateKeyError,
  EmptyKeyError,
  FutureRevisionError,
  IncarnationChangedError,
  KeyNotFoundError,
  KeyTooLargeError,
  LeaseExistsError,
  LeaseNotFoundError,
  LeaseTtlError,
  MalformedAnswerError,
  MalformedCommandError,
  MalformedRequestError,
  MalformedSnapshotError,
  NotLeaderError,
  OutcomeUnknownError,
  QuotaExceededError,
  RequestTooLargeError,
  ResponseTooLargeError,
  SequenceExpiredError,
  SessionExpiredError,
  StaleSnapshotError,
  StoreClosedError,
  TooManyLeasesError,
  TooManyOperationsError,
  TooManyWatchersError,
  UnknownCommandError,
  UnknownSnapshotError,
} from './errors.ts';
export { HashComparison, type HashComparisonOptions } from './hash-comparison.ts';
export type { Header, PrincipalRequest } from './header.ts';
export {
  createIncarnation,
  createSessionId,
  incarnation,
  KEYSPACES,
  leaseId,
  revision,
  sessionId,
  type Incarnation,
  type Keyspace,
  type LeaseId,
  type Revision,
  type SessionId,
} from './ids.ts';
export { FROM_KEY, keyFromBytes, keyOf, keyToBytes, keyToText, prefixEnd, type Key } from './key.ts';
export {
  keysBetween,
  keysFrom,
  keysWithPrefix,
  oneKey,
  rangeIncludes,
  rangesOverlap,
  type KeyRange,
} from './key-range.ts';
export type { KeyValue } from './key-value.ts';
export type {
  AddMemberRequest,
  Alarm,
  AlarmKind,
  AlarmList,
  AlarmRequest,
  ClusterAdmin,
  ClusterMember,
  HashRequest,
  KeyspaceHash,
  KvAdmin,
  MemberChanged,
  MemberList,
  MemberRequest,
  MembersRequest,
  StoreAdmin,
  UpdateMemberRequest,
} from './kv-admin.ts';
export type { CompactRequest, KeyspaceStatus, KvStore, StoreStatus } from './kv-store.ts';
export type { GrantLeaseRequest, Lease, LeaseList, LeaseRequest, TimeToLive } from './lease-request.ts';
export type { LeaseJudge } from './lease/lease-judge.ts';
export {
  DEFAULT_LIMITS,
  KEPT_ANSWER_BYTES_MAX,
  KEY_BYTES_MAX,
  LEASE_TTL_SECONDS_MAX,
  LEASE_TTL_SECONDS_MIN,
  LEASES_MAX,
  PROGRESS_INTERVAL_MS,
  QUOTA_BYTES,
  REQUEST_BYTES_MAX,
  SEQUENCE_WINDOW,
  SESSION_BYTES_MAX,
  SESSIONS_MAX,
  SNAPSHOT_SLICE_BYTES_MAX,
  TXN_OPERATIONS_MAX,
  TXN_OPERATIONS_TOTAL_MAX,
  WATCH_BATCH_BYTES_MAX,
  WATCH_BATCH_EVENTS_MAX,
  WATCHERS_MAX,
  type AgreedLimits,
  type KvLimits,
} from './limits.ts';
export type { RangeAnswer, RangeQuery, RangeRequest, RangeResult, Sort, SortTarget } from './range-request.ts';
export type {
  Compare,
  CompareTarget,
  DeleteOperation,
  Idempotency,
  NestedTxn,
  Operation,
  OperationResult,
  PutOperation,
  RangeOperation,
  Relation,
  TxnAnswer,
  TxnOperation,
  TxnRequest,
  TxnResult,
} from './txn-request.ts';
export { CorruptStoreError, FormatNotActiveError, TooManyAlarmsError } from './refused-writes.ts';
export type { WatchBatch, WatchEvent, WatchRequest } from './watch-request.ts';
export { decodeCommand, encodeCommand } from './log/command-codec.ts';
export type { Leadership, Log, LogMachine, OpenLog, OpenStoredLog } from './log/log.ts';
export type { Applied, Command, ExpiredLease, LogEntry } from './machine/command.ts';
export { COMMAND_FORMAT } from './machine/command-format.ts';
export { answerRange } from './machine/answer-range.ts';
export { holds } from './machine/compare-keys.ts';
export { createTree, scan, type Tree } from './machine/tree.ts';
export { hashSlices } from './snapshot/hash-slices.ts';
export { SNAPSHOT_FORMAT } from './snapshot/write-snapshot.ts';
