import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A record is whole, but not what this version writes: a bug, or something other than Portolan wrote it. */
export class MalformedRecordError extends PortolanError {
  readonly code = 'RAFT_RECORD_MALFORMED';
  readonly kind: ErrorKind = 'internal';
  constructor(what: string, why: string) {
    super(`a record of the log (${what}) can't be read: ${why}`, {
      fix: 'report it with the data folder, and let this member rejoin with an empty one',
      context: { what },
    });
  }
}

/** Written by a later version of Portolan. */
export class UnknownRecordError extends PortolanError {
  readonly code = 'RAFT_FORMAT_UNKNOWN';
  readonly kind: ErrorKind = 'precondition';
  constructor(what: string) {
    super(`${what} is not known to this version`, { fix: 'start the version that wrote it, or a later one' });
  }
}

/** The folder is another member's, or another cluster's: two members with one identity would elect two leaders. */
export class ForeignLogError extends PortolanError {
  readonly code = 'RAFT_FOREIGN_LOG';
  readonly kind: ErrorKind = 'precondition';
  constructor(folder: string, found: string, expected: string) {
    super(`the log in ${folder} belongs to ${found}, not to ${expected}`, {
      fix: 'point this member to its own data folder',
      context: { folder, found, expected },
    });
  }
}

/** The log and the snapshots do not fit together: something was removed by hand. */
export class LogIncompleteError extends PortolanError {
  readonly code = 'RAFT_LOG_INCOMPLETE';
  readonly kind: ErrorKind = 'internal';
  constructor(folder: string, what: string) {
    super(`the log in ${folder} is incomplete: ${what}`, {
      fix: 'put back what was removed, or empty the data folder and let this member rejoin as a new one',
      context: { folder },
    });
  }
}

/** Whether a proposal was, or will be, committed is not known: time ran out, or the leader that had it is gone. */
export class ProposalUnknownError extends PortolanError {
  readonly code = 'RAFT_PROPOSAL_UNKNOWN';
  readonly kind: ErrorKind = 'unavailable';
  constructor(why: string) {
    super(`it is not known whether the proposal takes effect: ${why}`, {
      fix: 'read what it would have changed, or repeat it under the same session and sequence',
    });
  }
}

/** No quorum has confirmed a read in time, or what it is of has not arrived here. */
export class ReadTimeoutError extends PortolanError {
  readonly code = 'RAFT_READ_TIMEOUT';
  readonly kind: ErrorKind = 'unavailable';
  constructor(waitedMs: number) {
    super(`the read waited ${waitedMs} ms for a leader with a quorum to confirm it, or for this member to catch up`, {
      fix: 'ask another member, try again later, or read what may be stale',
      context: { waitedMs },
    });
  }
}

/** The member has stopped, or is being stopped. */
export class MemberStoppedError extends PortolanError {
  readonly code = 'RAFT_MEMBER_STOPPED';
  readonly kind: ErrorKind = 'unavailable';
  constructor(cause?: unknown) {
    super('this member of the cluster has stopped', { fix: 'ask another member', cause });
  }
}

/** A new member's data would be mixed with another's. */
export class FolderTakenError extends PortolanError {
  readonly code = 'RAFT_FOLDER_TAKEN';
  readonly kind: ErrorKind = 'conflict';
  constructor(folder: string) {
    super(`there is a member's data in ${folder} already`, {
      fix: 'name a folder that is empty or missing, or move away what is in this one',
      context: { folder },
    });
  }
}
