import type { LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseService } from '@portolan/contracts/etcd/lease';
import { leaseId, LeaseExistsError, LeaseNotFoundError, type Lease, type LeaseId } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { askLeader } from '../ask-leader.ts';
import { streaming, unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { headerAt, headerOf } from '../etcd-header.ts';
import { clampedNumber } from '../int64.ts';
import { readUntil } from '../read-until.ts';
import { keysOfLease } from './keys-of-lease.ts';
import { chooseLeaseId, isEtcdLease } from './lease-id.ts';

export function leaseService(scope: DialectScope): Implementation<typeof LeaseService> {
  const { store, principal } = scope;
  return {
    leaseGrant: unary(scope, async ({ ID, TTL }, signal) => {
      // Less than the floor is raised to it, nothing and less than nothing too.
      const ttlSeconds = Math.max(1, clampedNumber(TTL));
      const lease = await grant(scope, ID, ttlSeconds, signal);
      const header = await headerAt(store, lease.revision);
      return { header, ID: lease.id, TTL: BigInt(lease.ttlSeconds), error: '' };
    }),
    leaseRevoke: unary(scope, async ({ ID }, signal) => {
      const { revision } = await store.revokeLease({ principal, id: leaseId(ID) }, signal);
      return { header: await headerAt(store, revision) };
    }),
    leaseKeepAlive: (requests, call) =>
      streaming(scope, call, (signal) => keepAlive(scope, readUntil(requests, signal), signal)),
    leaseTimeToLive: unary(scope, async ({ ID, keys }, signal) => {
      const id = leaseId(ID);
      const { lease, revision } = await askLeader(store.timeToLive({ principal, id }, signal));
      const header = await headerAt(store, revision);
      if (lease === undefined) return { header, ID, TTL: -1n, grantedTTL: 0n, keys: [] };
      return {
        header,
        ID,
        TTL: BigInt(Math.floor(lease.remainingSeconds)),
        grantedTTL: BigInt(lease.grantedSeconds),
        keys: keys ? await keysOfLease(scope, id, signal) : [],
      };
    }),
    leaseLeases: unary(scope, async (_request, signal) => {
      const { ids, revision } = await store.leases({ principal }, signal);
      return { header: await headerAt(store, revision), leases: ids.filter(isEtcdLease).map((ID) => ({ ID })) };
    }),
  };
}

async function grant(
  { store, principal, rng }: DialectScope,
  asked: bigint,
  ttlSeconds: number,
  signal: AbortSignal,
): Promise<Lease> {
  if (asked !== 0n) return store.grantLease({ principal, ttlSeconds, id: leaseId(asked) }, signal);
  for (;;) {
    try {
      return await store.grantLease({ principal, ttlSeconds, id: chooseLeaseId(rng) }, signal);
    } catch (error) {
      // The same 62 bits twice.
      if (!(error instanceof LeaseExistsError)) throw error;
    }
  }
}

/** Answered in the order in which they were asked. A lease that is gone is an answer, not the end of the stream. */
async function* keepAlive(
  scope: DialectScope,
  requests: AsyncIterable<LeaseKeepAliveRequest>,
  signal: AbortSignal,
): AsyncGenerator<LeaseKeepAliveResponse, void, undefined> {
  for await (const { ID } of requests) {
    // Before it: a header must not be newer than the renewal that it comes with.
    const header = headerOf(await scope.store.status(signal));
    yield { header, ID, TTL: await renew(scope, leaseId(ID), signal) };
  }
}

async function renew({ store, principal }: DialectScope, id: LeaseId, signal: AbortSignal): Promise<bigint> {
  try {
    const { ttlSeconds } = await askLeader(store.keepAlive({ principal, id }, signal));
    return BigInt(ttlSeconds);
  } catch (error) {
    if (error instanceof LeaseNotFoundError) return 0n;
    throw error;
  }
}
