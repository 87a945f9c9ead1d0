import type { KvAction } from './access.ts';
import { keyOf } from './key.ts';
import { keysFrom } from './key-range.ts';
import type { GrantLeaseRequest } from './lease-request.ts';

const EVERY_KEY = keysFrom(keyOf(''));

/** Leases of the catalog and the system are not anybody's: some of them are kept back for whoever may write there. */
export function actionsOfGrant({ keyspace = 'user' }: GrantLeaseRequest): Iterable<KvAction> {
  if (keyspace === 'user') return [{ kind: 'lease' }];
  return [{ kind: 'lease' }, { kind: 'write', keyspace, keys: EVERY_KEY }];
}
