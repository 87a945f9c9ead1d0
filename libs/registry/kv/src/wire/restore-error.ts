import type { ErrorContext, PortolanError } from '@portolan/kernel';
import * as errors from '../errors.ts';
import { incarnation, leaseId, revision, sessionId, type Keyspace } from '../ids.ts';
import { CorruptStoreError, FormatNotActiveError, TooManyAlarmsError } from '../refused-writes.ts';

/** What of an error crosses the wire: values of the context as text. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly context: ErrorContext;
}

type Read = (name: string) => string;

/** By code: makes the error again from its context. A new error is one row. */
const RESTORE = {
  KV_COMPACTED: (read) => new errors.CompactedError(at(read('requested')), at(read('oldest'))),
  KV_FUTURE_REVISION: (read) => new errors.FutureRevisionError(at(read('requested')), at(read('current'))),
  KV_INCARNATION_CHANGED: (read) =>
    new errors.IncarnationChangedError(incarnation(read('expected')), incarnation(read('current'))),
  KV_MALFORMED_REQUEST: (_read, { message, fix }) => new errors.MalformedRequestError(message, fix),
  KV_EMPTY_KEY: () => new errors.EmptyKeyError(),
  KV_KEY_TOO_LARGE: (read) => new errors.KeyTooLargeError(Number(read('bytes')), Number(read('bytesMax'))),
  KV_REQUEST_TOO_LARGE: (read) => new errors.RequestTooLargeError(Number(read('bytes')), Number(read('bytesMax'))),
  KV_RESPONSE_TOO_LARGE: (read) => new errors.ResponseTooLargeError(Number(read('bytes')), Number(read('bytesMax'))),
  KV_TOO_MANY_OPERATIONS: (read) => new errors.TooManyOperationsError(Number(read('operationsMax'))),
  KV_DUPLICATE_KEY: (read) => new errors.DuplicateKeyError(read('key')),
  KV_KEY_NOT_FOUND: (read) => new errors.KeyNotFoundError(read('key')),
  KV_LEASE_NOT_FOUND: (read) => new errors.LeaseNotFoundError(leaseId(BigInt(read('id')))),
  KV_LEASE_EXISTS: (read) => new errors.LeaseExistsError(leaseId(BigInt(read('id')))),
  KV_LEASE_TTL: (read) => new errors.LeaseTtlError(Number(read('ttlSeconds')), Number(read('ttlSecondsMax'))),
  KV_TOO_MANY_LEASES: (read) => new errors.TooManyLeasesError(Number(read('leasesMax'))),
  KV_TOO_MANY_WATCHERS: (read) => new errors.TooManyWatchersError(Number(read('watchersMax'))),
  KV_QUOTA_EXCEEDED: (read) => new errors.QuotaExceededError(keyspaceOf(read('keyspace')), Number(read('quotaBytes'))),
  KV_CORRUPT: () => new CorruptStoreError(),
  KV_TOO_MANY_ALARMS: (read) => new TooManyAlarmsError(Number(read('alarmsMax'))),
  KV_FORMAT_NOT_ACTIVE: (read) => new FormatNotActiveError(Number(read('format')), Number(read('active'))),
  KV_SESSION_EXPIRED: (read) =>
    new errors.SessionExpiredError(sessionId(BigInt(read('session'))), Number(read('sequence'))),
  KV_SEQUENCE_EXPIRED: (read) =>
    new errors.SequenceExpiredError(Number(read('sequence')), Number(read('oldest')), Number(read('newest'))),
  KV_NOT_LEADER: (_read, { context: { leader } }) =>
    new errors.NotLeaderError(leader === undefined ? undefined : BigInt(leader)),
  KV_STORE_CLOSED: () => new errors.StoreClosedError(),
} as const satisfies Record<string, (read: Read, error: WireError) => PortolanError>;

/**
 * The typed error that a store threw at the other end.
 * @returns undefined when it is none of the store's, or of a newer version
 */
export function restoreKvError(error: WireError): PortolanError | undefined {
  if (!isKnown(error.code)) return undefined;
  try {
    return RESTORE[error.code]((name) => {
      const value = error.context[name];
      if (value === undefined) throw new errors.MalformedAnswerError(`${error.code} without ${name}`);
      return String(value);
    }, error);
  } catch {
    // A context that makes no sense: the error as it came, with code and message, tells more than our complaint about it.
    return undefined;
  }
}

function isKnown(code: string): code is keyof typeof RESTORE {
  return Object.hasOwn(RESTORE, code);
}

const at = (text: string): ReturnType<typeof revision> => revision(Number(text));

function keyspaceOf(text: string): Keyspace {
  if (text === 'user' || text === 'catalog' || text === 'system') return text;
  throw new errors.MalformedAnswerError(`the keyspace ${text}`);
}
