import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { StorageDamageError } from '../damage.ts';
import { APPEND_BYTES_MAX, CARRIED_RECORD_BYTES_MAX, RECORD_BYTES_MAX, WAITING_BYTES_MAX } from './limits.ts';

const REJOIN =
  'restore this member from a snapshot, or remove its data folder and let it rejoin the cluster as a new member';

/** Bytes of the log are not those that were written, and cutting them off would lose what was acknowledged. */
export class WalCorruptError extends StorageDamageError {
  readonly code = 'STORAGE_WAL_CORRUPT';
  readonly kind: ErrorKind = 'internal';

  constructor(file: string, offset: number, what: string) {
    super(file, offset, what, REJOIN);
  }
}

/** A segment of the log does not have the length it was made with: something other than Portolan changed it. */
export class WalTruncatedError extends StorageDamageError {
  readonly code = 'STORAGE_WAL_TRUNCATED';
  readonly kind: ErrorKind = 'internal';

  constructor(file: string, bytes: number, expected: number) {
    super(
      file,
      Math.min(bytes, expected),
      `it has ${bytes} bytes instead of ${expected}: changed from outside`,
      REJOIN,
    );
  }
}

/** A segment is missing between others. */
export class WalGapError extends StorageDamageError {
  readonly code = 'STORAGE_WAL_GAP';
  readonly kind: ErrorKind = 'internal';

  constructor(file: string, previous: string) {
    super(file, 0, `the segment between ${previous} and it is missing`, `put the missing file back, or ${REJOIN}`);
  }
}

/**
 * A write or a sync failed, and the log takes nothing more: after that nobody knows what is on disk. Every append from then on
 * rejects with this one error. What was being appended may be found when the log is opened again, or not.
 */
export class WalFailedError extends PortolanError {
  readonly code = 'STORAGE_WAL_FAILED';
  readonly kind: ErrorKind = 'internal';

  constructor(folder: string, cause: unknown) {
    super(`the log in ${folder} has failed: ${String(cause)}`, {
      fix: 'end this process, see to its disk, and start it again: it reads what is really there',
      context: { folder },
      cause,
    });
  }
}

/** An append to a log that is closed. */
export class WalClosedError extends PortolanError {
  readonly code = 'STORAGE_WAL_CLOSED';
  readonly kind: ErrorKind = 'cancelled';

  constructor(folder: string) {
    super(`the log in ${folder} is closed`, { fix: 'end what appends before closing the log', context: { folder } });
  }
}

/** A record, or all of one append, is larger than the log takes. */
export class AppendTooLargeError extends PortolanError {
  readonly code = 'STORAGE_APPEND_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';

  constructor(bytes: number, what: 'record' | 'carried record' | 'append') {
    const max = { record: RECORD_BYTES_MAX, 'carried record': CARRIED_RECORD_BYTES_MAX, append: APPEND_BYTES_MAX }[
      what
    ];
    super(`a ${what} of ${bytes} bytes: the log takes ${max}`, {
      fix: 'refuse it where it comes in, or keep it in a snapshot',
      context: { bytes, max },
    });
  }
}

/** More waits to be appended than the log holds in memory: the disk is slower than what comes in. */
export class WalOverloadedError extends PortolanError {
  readonly code = 'STORAGE_WAL_OVERLOADED';
  readonly kind: ErrorKind = 'exhausted';

  constructor(waitingBytes: number) {
    super(`${waitingBytes} bytes wait for the disk: the log holds ${WAITING_BYTES_MAX}`, {
      fix: 'wait for earlier appends before appending more',
      context: { waitingBytes, max: WAITING_BYTES_MAX },
    });
  }
}
