import { PortolanError, type ErrorKind } from '@portolan/kernel';
import {
  CompactedError,
  DuplicateKeyError,
  EmptyKeyError,
  FutureRevisionError,
  KeyNotFoundError,
  KeyTooLargeError,
  LastVoterError,
  LearnerNotReadyError,
  LeaseExistsError,
  LeaseNotFoundError,
  LeaseTtlError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  NotLeaderError,
  QuotaExceededError,
  RequestTooLargeError,
  StoreClosedError,
  TooManyOperationsError,
  TransferFailedError,
} from '@portolan/kv';
import { EtcdAnswerTooLargeError, EtcdError, type EtcdErrorName } from './etcd-error.ts';

type ErrorClass = abstract new (...values: never[]) => PortolanError;

/** What the store refuses, and what etcd calls that. */
const NAMES: readonly (readonly [ErrorClass, EtcdErrorName])[] = [
  [CompactedError, 'compacted'],
  [FutureRevisionError, 'futureRevision'],
  [EmptyKeyError, 'emptyKey'],
  [KeyNotFoundError, 'keyNotFound'],
  [KeyTooLargeError, 'requestTooLarge'],
  [RequestTooLargeError, 'requestTooLarge'],
  [TooManyOperationsError, 'tooManyOperations'],
  [DuplicateKeyError, 'duplicateKey'],
  [LeaseNotFoundError, 'leaseNotFound'],
  [LeaseExistsError, 'leaseExists'],
  [LeaseTtlError, 'ttlTooLarge'],
  [QuotaExceededError, 'noSpace'],
  [NotLeaderError, 'noLeader'],
  [StoreClosedError, 'stopped'],
  [MemberNotFoundError, 'memberNotFound'],
  [MemberExistsError, 'peerUrlExists'],
  [NotALearnerError, 'notALearner'],
  [LearnerNotReadyError, 'learnerNotReady'],
  [LastVoterError, 'notEnoughMembers'],
  [TransferFailedError, 'badTransferee'],
];

/** The same of errors that come from other members, or from what this dialect does not stand on. */
const NAME_OF_CODE: Readonly<Record<string, EtcdErrorName>> = {
  CLUSTER_QUORUM_AT_RISK: 'unhealthy',
  KV_CORRUPT: 'corrupt',
  RAFT_MEMBER_STOPPED: 'stopped',
};

/** Nobody leads, as far as is known here, and nothing was done. Most of what is asked for is told what etcd tells who has waited for a leader. */
const LEADERLESS = 'RAFT_NO_LEADER';

export function isLeaderless(error: unknown): boolean {
  return error instanceof PortolanError && error.code === LEADERLESS;
}

/** Of errors that this dialect does not know, by kind; kinds without a name of etcd's stay what they are. */
const NAME_OF_KIND: Partial<Record<ErrorKind, EtcdErrorName>> = {
  unavailable: 'timeout',
  exhausted: 'tooManyRequests',
  forbidden: 'permissionDenied',
};

/** The same refusal in etcd's words; what is a bug stays one. */
export function toEtcdError(error: unknown): unknown {
  if (error instanceof EtcdError || error instanceof EtcdAnswerTooLargeError || !(error instanceof PortolanError))
    return error;
  const name =
    NAMES.find(([errorClass]) => error instanceof errorClass)?.[1] ??
    NAME_OF_CODE[error.code] ??
    NAME_OF_KIND[error.kind];
  return name === undefined ? error : new EtcdError(name, error);
}
