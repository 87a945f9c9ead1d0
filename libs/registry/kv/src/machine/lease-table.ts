import { assert } from '@portolan/kernel';
import sorted from 'sorted-btree';
import { KEYSPACES, type Keyspace, type LeaseId } from '../ids.ts';
import type { Key } from '../key.ts';
import type { ChangeEvent } from './change.ts';

/** What the log knows of a lease. When it expires is not here: that is the lessor's, with its clock. */
export interface GrantedLease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** Index of the log entry that granted it: tells it from a later lease with the same id. */
  readonly grantedAt: number;
}

/** By id. `clone()` is O(1), as with the keys. */
export type Leases = sorted.default<LeaseId, GrantedLease>;

type AttachedKeys = Readonly<Record<Keyspace, Set<Key>>>;

/** Leases and the keys attached to them. */
export class LeaseTable {
  readonly #leases: Leases = new sorted.default<LeaseId, GrantedLease>(undefined, compareIds);
  /** Follows from the leases and the keys alone. */
  readonly #keys = new Map<LeaseId, AttachedKeys>();

  get size(): number {
    return this.#keys.size;
  }

  get(id: LeaseId): GrantedLease | undefined {
    return this.#leases.get(id);
  }

  has(id: LeaseId): boolean {
    return this.#keys.has(id);
  }

  ids(): readonly LeaseId[] {
    return this.#leases.keysArray();
  }

  /** All of them as they are now, whatever comes. O(1). */
  capture(): Leases {
    return this.#leases.clone();
  }

  add(lease: GrantedLease): void {
    assert(!this.has(lease.id), 'a lease is granted once');
    this.#leases.set(lease.id, lease);
    this.#keys.set(lease.id, { user: new Set(), catalog: new Set(), system: new Set() });
  }

  remove(id: LeaseId): void {
    assert(this.#leases.delete(id) && this.#keys.delete(id), 'only a lease that exists is removed');
  }

  /** Attaches and detaches a key that has changed. A lease that is gone already is what deletes its keys. */
  follow(keyspace: Keyspace, { event, previous }: ChangeEvent): void {
    if (previous?.lease !== undefined) this.#keys.get(previous.lease)?.[keyspace].delete(previous.key);
    if (event.kind === 'put' && event.keyValue.lease !== undefined) {
      this.#keys.get(event.keyValue.lease)?.[keyspace].add(event.keyValue.key);
    }
  }

  /** In order, so that a member that was restored from a snapshot deletes them in the same one. */
  keysOf(id: LeaseId): readonly (readonly [Keyspace, Key])[] {
    const keys = this.#keys.get(id);
    if (keys === undefined) return [];
    return KEYSPACES.flatMap((keyspace) => [...keys[keyspace]].sort().map((key) => [keyspace, key] as const));
  }
}

function compareIds(a: LeaseId, b: LeaseId): number {
  return a > b ? 1 : a < b ? -1 : 0;
}
