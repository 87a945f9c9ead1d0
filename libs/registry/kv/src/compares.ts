import type { Keyspace, Revision } from './ids.ts';
import type { Key } from './key.ts';
import { oneKey } from './key-range.ts';
import type { Compare } from './txn-request.ts';

/** Holds while the key does not exist: "create, but never overwrite". */
export function isAbsent(keyspace: Keyspace, key: Key): Compare {
  return { keyspace, keys: oneKey(key), relation: 'equal', target: { kind: 'version', value: 0 } };
}

/** Holds while the key has not been written since it was read: "replace what I saw". */
export function isUnchanged(keyspace: Keyspace, key: Key, modRevision: Revision): Compare {
  return { keyspace, keys: oneKey(key), relation: 'equal', target: { kind: 'mod', value: modRevision } };
}
