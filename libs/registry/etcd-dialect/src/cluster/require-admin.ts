import type { KvAdmin } from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdUnsupportedError } from '../etcd-error.ts';

/** @throws EtcdUnsupportedError when the store is administered elsewhere */
export function requireAdmin({ admin }: DialectScope): KvAdmin {
  if (admin !== undefined) return admin;
  throw new EtcdUnsupportedError(
    'this store has no members of its own to administer',
    'administer the cluster it is on, or start the registry with a cluster of its own',
  );
}
