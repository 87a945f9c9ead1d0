import type { Clock, Principal, Rng } from '@portolan/kernel';
import type { ClusterAdmin, KvStore, StoreAdmin } from '@portolan/kv';
import type { Waiters } from './concurrency/waiters.ts';

/**
 * As whom the dialect itself asks. A backup is one of everything, and alarms and members are the system's: as in etcd, whoever reaches the
 * port may have them, unless it is certificates that count.
 */
export const DIALECT: Principal = { kind: 'system', name: 'etcd-dialect' };

/** What the services of the dialect stand on. */
export interface DialectScope {
  readonly store: KvStore;
  /** undefined: the store is administered elsewhere, and the services say so. */
  readonly cluster: ClusterAdmin | undefined;
  /** As `cluster`. */
  readonly state: StoreAdmin | undefined;
  /** As whom the store is asked: etcd's clients do not say who they are, unless by a certificate. Who must not touch more than keys of users. */
  readonly principal: Principal;
  /** As whom its members, alarms and backups are asked for, which are no keyspace's. */
  readonly administrator: Principal;
  /** Members speak TLS with each other, and with their clients. */
  readonly isSecure: boolean;
  /** For locks and elections, whoever they are. */
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly rng: Rng;
}
