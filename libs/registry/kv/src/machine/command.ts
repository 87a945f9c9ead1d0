import type { PortolanError } from '@portolan/kernel';
import type { Keyspace, LeaseId, Revision } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import type { AgreedLimits } from '../limits.ts';
import type { Idempotency, NestedTxn, TxnAnswer } from '../txn-request.ts';

/** What goes through the log: data alone, no time, no randomness, checked before it was proposed. */
export type Command =
  | { readonly kind: 'txn'; readonly txn: NestedTxn; readonly idempotency: Idempotency | undefined }
  /** For keys of `keyspace`; absent: user. */
  | {
      readonly kind: 'grant';
      readonly id: LeaseId;
      readonly ttlSeconds: number;
      readonly keyspace?: Exclude<Keyspace, 'user'>;
    }
  | { readonly kind: 'revoke'; readonly id: LeaseId }
  /** Void when applied in another term than the proposer's, and for each lease that was granted anew meanwhile. */
  | { readonly kind: 'expire'; readonly term: number; readonly leases: readonly ExpiredLease[] }
  | { readonly kind: 'compact'; readonly keyspace: Keyspace; readonly revision: Revision }
  /** In force from here on. */
  | { readonly kind: 'limit'; readonly limits: AgreedLimits }
  /** All members know this format: its commands may be proposed from here on. It never goes down. */
  | { readonly kind: 'activate'; readonly format: number }
  | { readonly kind: 'raise-alarm'; readonly alarm: Alarm }
  | { readonly kind: 'disarm-alarm'; readonly alarm: Alarm };

export interface ExpiredLease {
  readonly id: LeaseId;
  readonly grantedAt: number;
}

export interface LogEntry {
  /** Grows, with gaps: a log has entries of its own. The same command has the same index on every member. */
  readonly index: number;
  readonly term: number;
  readonly command: Command;
}

/** What a command came to. `revision` is the store's afterwards. A refused command changed nothing. */
export type Applied =
  | { readonly kind: 'txn'; readonly revision: Revision; readonly answer: TxnAnswer }
  | { readonly kind: 'done'; readonly revision: Revision }
  | { readonly kind: 'refused'; readonly revision: Revision; readonly error: PortolanError };
