import { assert } from '@portolan/kernel';
import { KEYSPACES, type Keyspace, type LeaseId } from '../ids.ts';
import type { Key } from '../key.ts';

/** What the log knows of a lease. When it expires is not here: that is the lessor's, with its clock. */
export interface GrantedLease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** Index of the log entry that granted it: tells it from a later lease with the same id. */
  readonly grantedAt: number;
}

interface LeaseRow extends GrantedLease {
  readonly keys: Readonly<Record<Keyspace, Set<Key>>>;
}

/** Leases and the keys attached to them. */
export class LeaseTable {
  readonly #rows = new Map<LeaseId, LeaseRow>();

  get size(): number {
    return this.#rows.size;
  }

  get(id: LeaseId): GrantedLease | undefined {
    return this.#rows.get(id);
  }

  ids(): readonly LeaseId[] {
    return [...this.#rows.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  add(lease: GrantedLease): void {
    assert(!this.#rows.has(lease.id), 'a lease is granted once');
    this.#rows.set(lease.id, { ...lease, keys: { user: new Set(), catalog: new Set(), system: new Set() } });
  }

  remove(id: LeaseId): void {
    assert(this.#rows.delete(id), 'only a lease that exists is removed');
  }

  attach(id: LeaseId, keyspace: Keyspace, key: Key): void {
    const row = this.#rows.get(id);
    assert(row !== undefined, 'a key is attached to a lease that exists');
    row.keys[keyspace].add(key);
  }

  /** The lease may be gone already: it is what deletes its keys. */
  detach(id: LeaseId, keyspace: Keyspace, key: Key): void {
    this.#rows.get(id)?.keys[keyspace].delete(key);
  }

  /** In order, so that a member that was restored from a snapshot deletes them in the same one. */
  keysOf(id: LeaseId): readonly (readonly [Keyspace, Key])[] {
    const row = this.#rows.get(id);
    if (row === undefined) return [];
    return KEYSPACES.flatMap((keyspace) => [...row.keys[keyspace]].sort().map((key) => [keyspace, key] as const));
  }
}
