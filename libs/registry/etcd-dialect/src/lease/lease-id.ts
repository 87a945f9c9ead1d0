import type { Rng } from '@portolan/kernel';
import { leaseId, type LeaseId } from '@portolan/kv';

/**
 * Leases belong to the store as a whole, those of services and sessions too. Those that etcd's clients are granted have this bit, which
 * the store sets in none that it chooses: so they are told apart without keeping a list. Who chooses an id itself may use it without
 * the bit; such a lease works, and is not listed.
 */
const ETCD_BIT = 1n << 62n;

/** For a client that leaves the choice to the server. */
export function chooseLeaseId(rng: Rng): LeaseId {
  return leaseId(ETCD_BIT | (BigInt(rng.below(2 ** 31)) << 31n) | BigInt(rng.below(2 ** 31)));
}

export function isEtcdLease(id: LeaseId): boolean {
  return (id & ETCD_BIT) !== 0n;
}
