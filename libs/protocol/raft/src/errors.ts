import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { LogIndex, MemberId } from './ids.ts';

/** Nobody to ask: an election is going on, or this member hears nobody. Nothing was proposed. */
export class NoLeaderError extends PortolanError {
  readonly code = 'RAFT_NO_LEADER';
  readonly kind: ErrorKind = 'unavailable';
  /** @param why none is to be expected soon, when that is known */
  constructor(why?: string) {
    super(`the cluster has no leader that this member knows of${why === undefined ? '' : `: ${why}`}`, {
      fix: 'ask another member, or try again after an election timeout; if it lasts, see that a majority of the voters runs and is reached',
    });
  }
}

/** Only a leader can do it, and this member is none. */
export class NotLeaderError extends PortolanError {
  readonly code = 'RAFT_NOT_LEADER';
  readonly kind: ErrorKind = 'unavailable';
  readonly leader: MemberId | undefined;
  constructor(leader: MemberId | undefined) {
    super(`this member does not lead; ${leader === undefined ? 'nobody is known to' : `member ${leader} does`}`, {
      fix: 'ask the leader',
      ...(leader !== undefined && { context: { leader } }),
    });
    this.leader = leader;
  }
}

/** A bound is reached; nothing was proposed or asked. */
export class OverloadedError extends PortolanError {
  readonly code = 'RAFT_OVERLOADED';
  readonly kind: ErrorKind = 'exhausted';
  constructor(what: string, limit: number) {
    super(`${what} are at their limit of ${limit}`, { fix: 'slow down and try again', context: { what, limit } });
  }
}

/** Leadership is being handed over; what came now might be lost with the old leader. */
export class TransferringError extends PortolanError {
  readonly code = 'RAFT_TRANSFERRING';
  readonly kind: ErrorKind = 'unavailable';
  constructor(to: MemberId) {
    super(`leadership is being transferred to member ${to}`, {
      fix: 'try again: it takes an election timeout at most',
      context: { to },
    });
  }
}

/** One change of members at a time, and only once the leader has committed in its term. */
export class ChangePendingError extends PortolanError {
  readonly code = 'RAFT_CHANGE_PENDING';
  readonly kind: ErrorKind = 'precondition';
  constructor(why: string) {
    super(`the members cannot be changed yet: ${why}`, { fix: 'try again when it is committed' });
  }
}

export class UnknownMemberError extends PortolanError {
  readonly code = 'RAFT_UNKNOWN_MEMBER';
  readonly kind: ErrorKind = 'not-found';
  constructor(member: MemberId) {
    super(`${member} is no member`, { fix: 'name one of the members that the status lists', context: { member } });
  }
}

export class EmptyConfigurationError extends PortolanError {
  readonly code = 'RAFT_NO_VOTERS';
  readonly kind: ErrorKind = 'invalid';
  constructor() {
    super('a cluster without voters could never decide anything again', {
      fix: 'add the new voters in the same change that removes the old ones',
    });
  }
}

/**
 * This member has less of the log than it has acknowledged: its data folder was emptied, or replaced. Perhaps a vote is gone, too. What was
 * committed with its help is safe on the others of that quorum, which any later quorum has one of, as long as this one is never part
 * of it again: so it ends, its leader may go on counting what it once had, and its id must not come back.
 */
export class LogLostError extends PortolanError {
  readonly code = 'RAFT_LOG_LOST';
  readonly kind: ErrorKind = 'precondition';
  constructor(member: MemberId, acknowledged: LogIndex, last: LogIndex) {
    super(`member ${member} had acknowledged the log up to ${acknowledged}, and its data folder has it up to ${last}`, {
      fix: 'put its data folder back; or remove this member from the cluster, and add it under a new id with an empty one',
      context: { member, acknowledged, last },
    });
  }
}

/** A learner that would be a voter which lags. */
export class LearnerBehindError extends PortolanError {
  readonly code = 'RAFT_LEARNER_BEHIND';
  readonly kind: ErrorKind = 'precondition';
  constructor(member: MemberId, match: LogIndex, last: LogIndex) {
    super(`learner ${member} has the log up to ${match} of ${last}`, {
      fix: 'promote it when it has caught up; see that it runs and is reached',
      context: { member, match, last },
    });
  }
}
