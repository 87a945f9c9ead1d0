import type { ClusterAdmin, StoreAdmin } from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdUnsupportedError } from '../etcd-error.ts';

/** @throws EtcdUnsupportedError when the store is on somebody else's cluster */
export function requireCluster({ cluster }: DialectScope): ClusterAdmin {
  if (cluster !== undefined) return cluster;
  throw new EtcdUnsupportedError('this store has no members of its own to administer', FIX);
}

/** @throws EtcdUnsupportedError when the store is on somebody else's cluster */
export function requireState({ state }: DialectScope): StoreAdmin {
  if (state !== undefined) return state;
  throw new EtcdUnsupportedError('the state of this store is kept elsewhere', FIX);
}

const FIX = 'administer the cluster it is on, or start the registry with a cluster of its own';
