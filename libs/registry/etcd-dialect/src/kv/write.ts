import type { DeleteRangeRequest, PutRequest } from '@portolan/contracts/etcd/kv';
import { keyFromBytes, leaseId, type DeleteOperation, type LeaseId, type PutOperation } from '@portolan/kv';
import { etcdKeyRange } from '../etcd-key-range.ts';

/** @param request as `checkPut` lets it in */
export function decodePut({ key, value, lease, prevKv, ignoreValue, ignoreLease }: PutRequest): PutOperation {
  const kept = leaseOf(lease, ignoreLease);
  return {
    kind: 'put',
    keyspace: 'user',
    key: keyFromBytes(key),
    value: ignoreValue ? 'keep' : value,
    ...(kept !== undefined && { lease: kept }),
    ...(prevKv && { previous: true }),
  };
}

/** @param request as `checkDelete` lets it in */
export function decodeDelete({ key, rangeEnd, prevKv }: DeleteRangeRequest): DeleteOperation {
  return {
    kind: 'delete',
    keyspace: 'user',
    keys: etcdKeyRange(key, rangeEnd),
    ...(prevKv && { previous: true }),
  };
}

function leaseOf(lease: bigint, ignoreLease: boolean): LeaseId | 'keep' | undefined {
  if (ignoreLease) return 'keep';
  return lease === 0n ? undefined : leaseId(lease);
}
