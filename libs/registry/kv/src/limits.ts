import { unreachable } from '@portolan/kernel';
import type { Keyspace } from './ids.ts';

/**
 * Bounds that decide what a command comes to. They are part of the state: the leader's settings go through the log and are in force on
 * every member from there on, so that a member with others, or one that applies its log again after a change, comes to the same.
 * Whatever else decides that is a constant: to change one is to change the format of commands.
 */
export interface AgreedLimits {
  readonly leasesMax: number;
  /** Of the keyspace user, and of each other that has none of its own: what one holds takes nothing from another's. */
  readonly quotaBytes: number;
  readonly catalogQuotaBytes?: number;
  readonly systemQuotaBytes?: number;
  readonly sessionsMax: number;
  readonly sessionBytesMax: number;
}

/** Keys and values that may be alive in one keyspace. */
export function quotaOf(limits: AgreedLimits, keyspace: Keyspace): number {
  switch (keyspace) {
    case 'user':
      return limits.quotaBytes;
    case 'catalog':
      return limits.catalogQuotaBytes ?? limits.quotaBytes;
    case 'system':
      return limits.systemQuotaBytes ?? limits.quotaBytes;
    default:
      return unreachable(keyspace);
  }
}

/** Bounds of a store. */
export interface KvLimits extends AgreedLimits {
  readonly keyBytesMax: number;
  readonly requestBytesMax: number;
  readonly watchersMax: number;
}

/** A key, in bytes. Longer ones are values in disguise, and each comparison in the tree would pay for them. */
export const KEY_BYTES_MAX = 64 * 1024;

/** All keys and values of a request: etcd's default (1.5 MiB). One log entry must not hold up the others for long. */
export const REQUEST_BYTES_MAX = 1_536 * 1024;

/** Compares, then-operations or else-operations of a transaction; nested ones share what is left. etcd's default. */
export const TXN_OPERATIONS_MAX = 128;

/** Compares and operations of a transaction on all levels: nesting multiplies, and checking for duplicate keys is quadratic. */
export const TXN_OPERATIONS_TOTAL_MAX = 1_024;

/** Transactions inside each other. Messages nest twice as deep, and what reads them gives up at 100. */
export const TXN_DEPTH_MAX = 32;

/** Anything shorter expires by a pause of the client's garbage collector. etcd's floor at its default election time-out. */
export const LEASE_TTL_SECONDS_MIN = 2;

/** etcd's ceiling; 285 years, and still exact in milliseconds. */
export const LEASE_TTL_SECONDS_MAX = 9_000_000_000;

/** Four times the 100,000 instances of the design point; about 100 MB. Full: TooManyLeasesError. */
export const LEASES_MAX = 400_000;

/** One of so many leases is not for the keyspace `user`. A constant of command format 2, for it decides what a grant comes to. */
export const LEASES_PER_RESERVED = 8;

/** One of so many watchers is not for the keyspace `user`: however many applications take, the catalog has some. */
export const WATCHERS_PER_RESERVED = 8;

/** A watcher costs about 1 KiB and a look per event. Full: TooManyWatchersError. */
export const WATCHERS_MAX = 100_000;

/** Keys and values alive in one keyspace. Half of what V8 and its buffers take comfortably beside two others. Full: QuotaExceededError, and an alarm. */
export const QUOTA_BYTES = 1024 ** 3;

/** Transactions of one session that may be under way at once, and so results kept for retries. More concurrency needs two sessions. */
export const SEQUENCE_WINDOW = 64;

/** Sessions remembered. Full: the one that has been silent for longest is forgotten, its retries get SessionExpiredError. */
export const SESSIONS_MAX = 16_384;

/** Results kept for retries, all sessions together. Full: as with SESSIONS_MAX. */
export const SESSION_BYTES_MAX = 64 * 1024 ** 2;

/** What fits into one message of 4 MiB, the most that our servers and clients take. More: ResponseTooLargeError. */
export const RESPONSE_BYTES_MAX = 4 * 1024 ** 2 - 16 * 1024;

/** An answer that no message carries is not kept either: it would be one record of a snapshot. The retry gets ResponseTooLargeError. */
export const KEPT_ANSWER_BYTES_MAX = RESPONSE_BYTES_MAX;

/** A slice of a snapshot, at most: what the log's driver stores and sends as one. */
export const SNAPSHOT_SLICE_BYTES_MAX = 1024 ** 2;

/** A slice of a snapshot, about: writing or reading one takes a few milliseconds of the loop that heartbeats need too. */
export const SNAPSHOT_SLICE_BYTES = 256 * 1024;

/** A record of a snapshot, at most: above the largest answer that is kept, whatever its encoding adds. */
export const SNAPSHOT_RECORD_BYTES_MAX = 16 * 1024 ** 2;

/** A batch ends after the revision that reaches this many events … */
export const WATCH_BATCH_EVENTS_MAX = 1_000;
/** … or so many bytes: small enough for one message (4 MiB) with room for the revision that crosses the line. */
export const WATCH_BATCH_BYTES_MAX = 1024 ** 2;

/** A watcher that asked for progress and has no events hears this often how far it is. Higher: more to read again after a reconnect. */
export const PROGRESS_INTERVAL_MS = 5_000;

/** Leases that one log entry ends at most: a mass expiry must not hold up the other proposals. */
export const EXPIRIES_PER_ENTRY_MAX = 500;

export const DEFAULT_LIMITS: KvLimits = {
  keyBytesMax: KEY_BYTES_MAX,
  requestBytesMax: REQUEST_BYTES_MAX,
  leasesMax: LEASES_MAX,
  watchersMax: WATCHERS_MAX,
  quotaBytes: QUOTA_BYTES,
  sessionsMax: SESSIONS_MAX,
  sessionBytesMax: SESSION_BYTES_MAX,
};

/** In force until a log says otherwise. Never to change, unlike the defaults: logs in the field begin with them. */
export const FIRST_LIMITS: AgreedLimits = {
  leasesMax: 400_000,
  quotaBytes: 1024 ** 3,
  sessionsMax: 16_384,
  sessionBytesMax: 64 * 1024 ** 2,
};
