import type { Principal } from '@portolan/kernel';
import type { Keyspace } from './ids.ts';
import type { KeyRange } from './key-range.ts';

/** What a request is about to do. A transaction is several: one for each operation and compare, on both branches. */
export type KvAction =
  | { readonly kind: 'read' | 'write'; readonly keyspace: Keyspace; readonly keys: KeyRange }
  /** `administer`: hashes and backups of it; alarms are the system's. */
  | { readonly kind: 'compact' | 'administer'; readonly keyspace: Keyspace }
  /**
   * Grant, keep alive, look at. To grant one for another keyspace than user is asked as writing to all of it too: it takes of what is
   * reserved. Revoking is writing to every key of the lease, and is asked as that too.
   */
  | { readonly kind: 'lease' };

/** Returns when `principal` may, throws otherwise. */
export type Authorize = (principal: Principal, action: KvAction) => void;
