import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** An id that no member has, or has any more. */
export class MemberNotFoundError extends PortolanError {
  readonly code = 'KV_MEMBER_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor(id: bigint) {
    super(`the cluster has no member ${hex(id)}`, {
      fix: 'list the members: ids are hexadecimal, and a removed id never comes back',
      context: { id: hex(id) },
    });
  }
}

/** A name or a peer address belongs to one member. */
export class MemberExistsError extends PortolanError {
  readonly code = 'KV_MEMBER_EXISTS';
  readonly kind: ErrorKind = 'conflict';

  constructor(what: 'name' | 'peer address', value: string, id: bigint) {
    super(`the ${what} ${value} is member ${hex(id)}'s`, {
      fix: `choose another ${what}, or remove that member first`,
      context: { what, value, id: hex(id) },
    });
  }
}

/** Only a learner can be promoted. */
export class NotALearnerError extends PortolanError {
  readonly code = 'KV_NOT_A_LEARNER';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: bigint) {
    super(`member ${hex(id)} votes already`, { fix: 'list the members: it needs nothing', context: { id: hex(id) } });
  }
}

/** Its vote would make the quorum larger, and it could not yet help to reach it. */
export class LearnerNotReadyError extends PortolanError {
  readonly code = 'KV_LEARNER_NOT_READY';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: bigint) {
    super(`member ${hex(id)} has not caught up with the leader`, {
      fix: 'wait until it has: its lag is in the status of the members; if it does not move, see whether its process runs',
      context: { id: hex(id) },
    });
  }
}

/** Without a voter nothing could be decided any more, not even to add one. */
export class LastVoterError extends PortolanError {
  readonly code = 'KV_LAST_VOTER';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: bigint) {
    super(`member ${hex(id)} is the only voter left`, {
      fix: 'add and promote another member first; to end the cluster, stop its processes',
      context: { id: hex(id) },
    });
  }
}

/** The leader goes on; nothing was lost. */
export class TransferFailedError extends PortolanError {
  readonly code = 'KV_TRANSFER_FAILED';
  readonly kind: ErrorKind = 'unavailable';

  constructor(to: bigint, why: string) {
    super(`the leadership was not taken over by member ${hex(to)}: ${why}`, {
      fix: 'see whether that member runs, votes and has caught up, then try again',
      context: { to: hex(to) },
    });
  }
}

const hex = (id: bigint): string => id.toString(16);
