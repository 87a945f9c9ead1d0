import { PortolanError, type ErrorKind } from '@portolan/kernel';

interface EtcdErrorRow {
  readonly kind: ErrorKind;
  /** Clients compare it: not a letter may change (etcd, `api/v3rpc/rpctypes/error.go`). */
  readonly text: string;
  readonly fix: string;
}

const SERVER = 'etcdserver: ';

/** What etcd refuses, in its own words. */
export const ETCD_ERRORS = {
  emptyKey: row('invalid', 'key is not provided', 'name a key of at least one byte'),
  keyNotFound: row('invalid', 'key not found', 'put a value first, or name what each operation does'),
  valueProvided: row('invalid', 'value is provided', 'leave the value out where it is to be kept'),
  leaseProvided: row('invalid', 'lease is provided', 'leave the lease out where it is to be kept'),
  tooManyOperations: row('invalid', 'too many operations in txn request', 'split the transaction'),
  duplicateKey: row('invalid', 'duplicate key given in txn request', 'put each key once, and do not delete it too'),
  sortOption: row('invalid', 'invalid sort option', 'sort by one of the targets of the contract'),
  requestTooLarge: row('invalid', 'request is too large', 'split it, or keep large values elsewhere'),
  badUrls: row('invalid', 'given member URLs are invalid', 'give each as http://host:port'),
  compacted: row(
    'out-of-range',
    'mvcc: required revision has been compacted',
    'read again, then watch from the answer on',
  ),
  futureRevision: row(
    'out-of-range',
    'mvcc: required revision is a future revision',
    'ask for a revision that was answered',
  ),
  ttlTooLarge: row('out-of-range', 'too large lease TTL', 'grant 9,000,000,000 seconds at most'),
  noSpace: row('exhausted', 'mvcc: database space exceeded', 'delete keys, compact, then disarm the alarm'),
  tooManyRequests: row('exhausted', 'too many requests', 'back off'),
  leaseNotFound: row('not-found', 'requested lease not found', 'grant a new lease'),
  memberNotFound: row('not-found', 'member not found', 'list the members'),
  leaseExists: row('precondition', 'lease already exists', 'let the server choose the id'),
  memberExists: row('precondition', 'member ID already exist', 'list the members'),
  peerUrlExists: row('precondition', 'Peer URLs already exists', 'list the members'),
  notEnoughMembers: row(
    'precondition',
    're-configuration failed due to not enough started members',
    'start or add another member first',
  ),
  unhealthy: row('unavailable', 'unhealthy cluster', 'bring the members back that do not answer, then ask again'),
  notALearner: row('precondition', 'can only promote a learner member', 'list the members'),
  learnerNotReady: row(
    'precondition',
    'can only promote a learner member which is in sync with leader',
    'wait until it has caught up',
  ),
  notLeader: row('precondition', 'not leader', 'ask the member that leads'),
  badTransferee: row('precondition', 'bad leader transferee', 'choose a member that votes'),
  authNotEnabled: row('precondition', 'authentication is not enabled', 'call without credentials'),
  rootUserMissing: row('precondition', 'root user does not exist', "let Portolan's own access decide who may do what"),
  userNotFound: row('precondition', 'user name not found', 'list the users'),
  roleNotFound: row('precondition', 'role name not found', 'list the roles'),
  permissionDenied: row('forbidden', 'permission denied', 'ask as somebody who may'),
  noLeader: row('unavailable', 'no leader', 'try again: a leader is being elected'),
  timeout: row('unavailable', 'request timed out', 'read what became of it, then decide'),
  stopped: row('unavailable', 'server stopped', 'ask another member'),
  corrupt: row('internal', 'corrupt cluster', 'read only, until the member was replaced'),
  electionNotLeader: bare('internal', 'election: not leader', 'campaign again'),
  electionNoLeader: bare('internal', 'election: no leader', 'wait until somebody was elected'),
  leaderKeyMissing: bare(
    'invalid',
    '"leader" field must be provided',
    'send the leader key that the campaign was answered with',
  ),
  sessionExpired: bare('internal', 'mutex: session is expired', 'grant a new lease and lock again'),
} as const satisfies Record<string, EtcdErrorRow>;

export type EtcdErrorName = keyof typeof ETCD_ERRORS;

/** A refusal that etcd's clients know. */
export class EtcdError extends PortolanError {
  readonly code = 'ETCD_REFUSED';
  readonly kind: ErrorKind;

  constructor(name: EtcdErrorName, cause?: unknown) {
    const { kind, text, fix } = ETCD_ERRORS[name];
    super(text, { fix, context: { error: name }, cause });
    this.kind = kind;
  }
}

/** What this store does not have. */
export class EtcdUnsupportedError extends PortolanError {
  readonly code = 'ETCD_UNSUPPORTED';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(what: string, fix: string) {
    super(`etcdserver: ${what}`, { fix });
  }
}

/** The JSON gateway makes no answers without end. */
export class EtcdAnswerTooLargeError extends PortolanError {
  readonly code = 'ETCD_ANSWER_TOO_LARGE';
  readonly kind: ErrorKind = 'exhausted';

  constructor(bytesMax: number) {
    super(`the answer would have more than ${bytesMax} bytes`, {
      fix: 'ask for a part of it: with a limit, and then from the last key on',
      context: { bytesMax },
    });
  }
}

function row(kind: ErrorKind, text: string, fix: string): EtcdErrorRow {
  return { kind, text: SERVER + text, fix };
}

/** Of etcd's concurrency package, which has no prefix. */
function bare(kind: ErrorKind, text: string, fix: string): EtcdErrorRow {
  return { kind, text, fix };
}
