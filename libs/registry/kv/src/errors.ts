import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Incarnation, Keyspace, LeaseId, Revision, SessionId } from './ids.ts';

/** History before `oldest` has been forgotten. */
export class CompactedError extends PortolanError {
  readonly code = 'KV_COMPACTED';
  readonly kind: ErrorKind = 'out-of-range';
  readonly oldest: Revision;

  constructor(requested: Revision, oldest: Revision) {
    super(`revision ${String(requested)} is compacted: the oldest kept is ${String(oldest)}`, {
      fix: 'read the range again without a revision, then watch from the revision after the one it answers with',
      context: { requested, oldest },
    });
    this.oldest = oldest;
  }
}

/** The store has not come that far; perhaps the revision is of another incarnation. */
export class FutureRevisionError extends PortolanError {
  readonly code = 'KV_FUTURE_REVISION';
  readonly kind: ErrorKind = 'out-of-range';
  readonly current: Revision;

  constructor(requested: Revision, current: Revision) {
    super(`revision ${String(requested)} is in the future: the store is at ${String(current)}`, {
      fix: 'compare the incarnation with the one the revision came from; if it is the same, read without serializable',
      context: { requested, current },
    });
    this.current = current;
  }
}

/** The store's history is another one: revisions of before mean nothing now. */
export class IncarnationChangedError extends PortolanError {
  readonly code = 'KV_INCARNATION_CHANGED';
  readonly kind: ErrorKind = 'precondition';
  readonly current: Incarnation;

  constructor(expected: Incarnation, current: Incarnation) {
    super(`the store's incarnation changed from ${expected} to ${current}`, {
      fix: 'keep what you have, read the range again, diff, and watch from the revision after the one it answers with',
      context: { expected, current },
    });
    this.current = current;
  }
}

/** A request that no state of the store makes right. */
export class MalformedRequestError extends PortolanError {
  readonly code = 'KV_MALFORMED_REQUEST';
  readonly kind: ErrorKind = 'invalid';

  constructor(what: string, fix: string) {
    super(what, { fix, context: { what } });
  }
}

/** A peer answered what no server of this protocol answers. */
export class MalformedAnswerError extends PortolanError {
  readonly code = 'KV_MALFORMED_ANSWER';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string) {
    super(`the store sent ${what}`, { fix: 'check that the server is a Portolan registry no newer than this client' });
  }
}

export class EmptyKeyError extends PortolanError {
  readonly code = 'KV_EMPTY_KEY';
  readonly kind: ErrorKind = 'invalid';

  constructor() {
    super('the key is empty', {
      fix: 'name a key of at least one byte, or a range: every key is "from" the empty one',
    });
  }
}

export class KeyTooLargeError extends PortolanError {
  readonly code = 'KV_KEY_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';

  constructor(bytes: number, bytesMax: number) {
    super(`a key has ${String(bytes)} bytes, more than ${String(bytesMax)}`, {
      fix: 'put what is long into the value',
      context: { bytes, bytesMax },
    });
  }
}

export class RequestTooLargeError extends PortolanError {
  readonly code = 'KV_REQUEST_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';

  constructor(bytes: number, bytesMax: number) {
    super(`the keys and values of the request have ${String(bytes)} bytes, more than ${String(bytesMax)}`, {
      fix: 'split it into several requests, or keep large values elsewhere and their address here',
      context: { bytes, bytesMax },
    });
  }
}

export class ResponseTooLargeError extends PortolanError {
  readonly code = 'KV_RESPONSE_TOO_LARGE';
  readonly kind: ErrorKind = 'exhausted';

  constructor(bytes: number, bytesMax: number) {
    super(`the answer has ${String(bytes)} bytes, more than the ${String(bytesMax)} that one message carries`, {
      fix: 'ask with a limit, and go on from the key after the last one at the revision of the first answer',
      context: { bytes, bytesMax },
    });
  }
}

export class TooManyOperationsError extends PortolanError {
  readonly code = 'KV_TOO_MANY_OPERATIONS';
  readonly kind: ErrorKind = 'invalid';

  constructor(operationsMax: number) {
    super(`the transaction has more than ${String(operationsMax)} compares or operations, nested ones counted`, {
      fix: 'split it, or delete and read by range',
      context: { operationsMax },
    });
  }
}

/** One path through a transaction writes a key twice: which one stays would depend on the reader's taste. */
export class DuplicateKeyError extends PortolanError {
  readonly code = 'KV_DUPLICATE_KEY';
  readonly kind: ErrorKind = 'invalid';

  constructor(key: string) {
    super(`the transaction writes the key ${JSON.stringify(key.slice(0, 200))} twice`, {
      fix: 'put each key once, and not in a range that the same transaction deletes',
      context: { key: key.slice(0, 200) },
    });
  }
}

/** A put that keeps the value or the lease of a key that does not exist. */
export class KeyNotFoundError extends PortolanError {
  readonly code = 'KV_KEY_NOT_FOUND';
  readonly kind: ErrorKind = 'precondition';

  constructor(key: string) {
    // It is kept for retries, also in snapshots: half a character would not come back as it was.
    const shown = key.slice(0, 200).toWellFormed();
    super(`the key ${JSON.stringify(shown)} does not exist, so there is nothing to keep`, {
      fix: 'put a value, or compare the version with 0 first',
      context: { key: shown },
    });
  }
}

export class LeaseNotFoundError extends PortolanError {
  readonly code = 'KV_LEASE_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor(id: LeaseId) {
    super(`lease ${String(id)} does not exist: it expired, was revoked, or never was`, {
      fix: 'grant a new lease and put its keys again',
      context: { id },
    });
  }
}

export class LeaseExistsError extends PortolanError {
  readonly code = 'KV_LEASE_EXISTS';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: LeaseId) {
    super(`lease ${String(id)} exists already`, {
      fix: 'let the store choose the id, or keep that lease alive',
      context: { id },
    });
  }
}

export class LeaseTtlError extends PortolanError {
  readonly code = 'KV_LEASE_TTL';
  readonly kind: ErrorKind = 'invalid';

  constructor(ttlSeconds: number, ttlSecondsMax: number) {
    super(`a time to live of ${String(ttlSeconds)} s is not a whole number from 1 to ${String(ttlSecondsMax)}`, {
      fix: 'grant with seconds in that range; what must not expire needs no lease',
      context: { ttlSeconds, ttlSecondsMax },
    });
  }
}

export class TooManyLeasesError extends PortolanError {
  readonly code = 'KV_TOO_MANY_LEASES';
  readonly kind: ErrorKind = 'exhausted';

  constructor(leasesMax: number) {
    super(`the store has ${String(leasesMax)} leases, and takes no more`, {
      fix: 'share one lease among the keys of a process, and revoke what is not used',
      context: { leasesMax },
    });
  }
}

export class TooManyWatchersError extends PortolanError {
  readonly code = 'KV_TOO_MANY_WATCHERS';
  readonly kind: ErrorKind = 'exhausted';

  constructor(watchersMax: number) {
    super(`the store has ${String(watchersMax)} watchers, and takes no more`, {
      fix: 'watch one range instead of many keys, or ask another member',
      context: { watchersMax },
    });
  }
}

export class QuotaExceededError extends PortolanError {
  readonly code = 'KV_QUOTA_EXCEEDED';
  readonly kind: ErrorKind = 'exhausted';
  readonly keyspace: Keyspace;

  constructor(keyspace: Keyspace, quotaBytes: number) {
    super(`the keyspace ${keyspace} has reached its quota of ${String(quotaBytes)} bytes of keys and values`, {
      fix: 'delete keys, which is always accepted, or raise the quota; then disarm the alarm no-space, if it is raised',
      context: { keyspace, quotaBytes },
    });
    this.keyspace = keyspace;
  }
}

/** The store does not know the session: it never began (sequence 1), or was forgotten. */
export class SessionExpiredError extends PortolanError {
  readonly code = 'KV_SESSION_EXPIRED';
  readonly kind: ErrorKind = 'precondition';

  constructor(session: SessionId, sequence: number) {
    super(`session ${String(session)} is not known, so its transaction ${String(sequence)} was not applied now`, {
      fix: 'begin a new session with sequence 1; if this was a retry, read to learn whether the first attempt was applied',
      context: { session, sequence },
    });
  }
}

/** The result is no longer kept, or the sequence is too far ahead. Not applied now. */
export class SequenceExpiredError extends PortolanError {
  readonly code = 'KV_SEQUENCE_EXPIRED';
  readonly kind: ErrorKind = 'precondition';

  constructor(sequence: number, oldest: number, newest: number) {
    super(
      `transaction ${String(sequence)} is outside the window ${String(oldest)} to ${String(newest)} of its session`,
      {
        fix: 'number transactions 1, 2, 3, … and wait for the oldest when the window is full',
        context: { sequence, oldest, newest },
      },
    );
  }
}

/** The answer to a write was lost, and nobody remembers it: applied or not is unknown. */
export class OutcomeUnknownError extends PortolanError {
  readonly code = 'KV_OUTCOME_UNKNOWN';
  readonly kind: ErrorKind = 'unavailable';

  constructor(cause: unknown) {
    super('the transaction may or may not have been applied', {
      fix: 'read what it would have written, then decide',
      cause,
    });
  }
}

/** Only the leader judges leases, and this member is none, or does not know yet that it is. */
export class NotLeaderError extends PortolanError {
  readonly code = 'KV_NOT_LEADER';
  readonly kind: ErrorKind = 'unavailable';
  /** As far as this member knows. */
  readonly leader: bigint | undefined;

  constructor(leader: bigint | undefined) {
    const who = leader === undefined ? 'nobody is known to' : `member ${String(leader)} does`;
    super(`only the leader judges leases, and this member does not lead: ${who}`, {
      fix: 'ask the leader, or try again when there is one',
      ...(leader !== undefined && { context: { leader } }),
    });
    this.leader = leader;
  }
}

/** The log has a command that a later version wrote. Whoever skipped it would drift from the members that know it. */
export class UnknownCommandError extends PortolanError {
  readonly code = 'KV_UNKNOWN_COMMAND';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(what: 'format' | 'kind', number: number, formatMax: number) {
    super(
      `a command in the log has the ${what} ${String(number)}, unknown to this member, which knows format ${String(formatMax)}`,
      {
        fix: 'stop this member, which must not go on without the command, and start it with the version the others have',
        context: { what, number, formatMax },
      },
    );
  }
}

/** What the log holds is no command: damage, or another program's entry. */
export class MalformedCommandError extends PortolanError {
  readonly code = 'KV_MALFORMED_COMMAND';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string, cause?: unknown) {
    super(`a command in the log cannot be read: ${what}`, {
      fix: 'stop this member, which must not go on without the command; empty its folder, and let it join again',
      context: { what },
      cause,
    });
  }
}

/** A snapshot that a later version wrote. */
export class UnknownSnapshotError extends PortolanError {
  readonly code = 'KV_UNKNOWN_SNAPSHOT';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(format: number, formatMax: number) {
    super(`the snapshot has format ${String(format)}; this member knows formats up to ${String(formatMax)}`, {
      fix: 'start this member with the version the others have',
      context: { format, formatMax },
    });
  }
}

/** What was given as a snapshot of the store is none, or damaged. */
export class MalformedSnapshotError extends PortolanError {
  readonly code = 'KV_MALFORMED_SNAPSHOT';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string, cause?: unknown) {
    super(`the snapshot cannot be restored: ${what}`, {
      fix: 'take another snapshot, or empty the folder of this member and let it join again',
      context: { what },
      cause,
    });
  }
}

/** Restoring it would take back what readers have seen. */
export class StaleSnapshotError extends PortolanError {
  readonly code = 'KV_STALE_SNAPSHOT';
  readonly kind: ErrorKind = 'precondition';

  constructor(snapshot: StatePosition, current: StatePosition) {
    super(`the snapshot is of ${positionText(snapshot)}, and this member is at ${positionText(current)}`, {
      fix: 'restore a newer snapshot, or an older one into an empty store with a new incarnation',
      context: { index: snapshot.index, currentIndex: current.index },
    });
  }
}

interface StatePosition {
  readonly index: number;
  readonly revision: Revision;
}

function positionText({ index, revision }: StatePosition): string {
  return `entry ${String(index)}, revision ${String(revision)}`;
}

export class StoreClosedError extends PortolanError {
  readonly code = 'KV_STORE_CLOSED';
  readonly kind: ErrorKind = 'unavailable';

  constructor() {
    super('the store is closed', { fix: 'ask another member, or wait for the restart' });
  }
}
