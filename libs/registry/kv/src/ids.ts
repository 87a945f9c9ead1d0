import { checkedInteger, type Brand, type Rng } from '@portolan/kernel';

/** The store's logical time: grows by one with each change, over all keyspaces. 0 before the first. */
export type Revision = Brand<number, 'Revision'>;
/** Never 0: that is "no lease" on the wire. */
export type LeaseId = Brand<bigint, 'LeaseId'>;
/** Names one client's sequence of transactions: 64 random bits, never 0. */
export type SessionId = Brand<bigint, 'SessionId'>;
/** Changes when the history of a store does not continue what it answered before: a restore, lost memory. */
export type Incarnation = Brand<string, 'Incarnation'>;

/**
 * @throws UnsafeIntegerError unless 0 ≤ value ≤ 2^53 − 1 and whole
 */
export const revision = (value: number | bigint): Revision => checkedInteger(value, 'revision') as Revision;
export const leaseId = (value: bigint): LeaseId => value as LeaseId;
export const sessionId = (value: bigint): SessionId => value as SessionId;
export const incarnation = (value: string): Incarnation => value as Incarnation;

/** The three sets of keys of one store. They share revisions and transactions, not names, quota or compaction. */
export const KEYSPACES = ['user', 'catalog', 'system'] as const;

/**
 * - `user`: what applications keep; the etcd dialect and Consul's KV both show it
 * - `catalog`: services, instances, checks, nodes
 * - `system`: what Portolan needs to run itself
 */
export type Keyspace = (typeof KEYSPACES)[number];

/** 64 random bits. */
export function createIncarnation(rng: Rng): Incarnation {
  const half = (): string =>
    rng
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return incarnation(half() + half());
}

/** 63 random bits, never 0. */
export function createSessionId(rng: Rng): SessionId {
  return sessionId((BigInt(rng.below(2 ** 31)) << 32n) + BigInt(rng.below(2 ** 32 - 1)) + 1n);
}
