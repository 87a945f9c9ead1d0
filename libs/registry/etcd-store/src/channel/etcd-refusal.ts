import { RpcError } from '@portolan/rpc';

/** What etcd refuses, by its text: clients know it by nothing else (etcd, `api/v3rpc/rpctypes/error.go`). */
const REFUSALS = {
  'mvcc: required revision has been compacted': 'compacted',
  'mvcc: required revision is a future revision': 'future-revision',
  'mvcc: database space exceeded': 'no-space',
  'requested lease not found': 'lease-not-found',
  'lease already exists': 'lease-exists',
  'too large lease TTL': 'lease-ttl',
  'key not found': 'key-not-found',
  'request is too large': 'request-too-large',
  'too many operations in txn request': 'too-many-operations',
  'no leader': 'no-leader',
  'too many requests': 'too-many-requests',
  'invalid auth token': 'token',
  'user name is empty': 'access',
  'permission denied': 'access',
  'authentication failed, invalid user ID or password': 'access',
  'authentication is not enabled': 'access',
  'revision of auth store is old': 'token',
} as const;

export type EtcdRefusal = (typeof REFUSALS)[keyof typeof REFUSALS];

const BY_TEXT: ReadonlyMap<string, EtcdRefusal> = new Map(Object.entries(REFUSALS));

/** What `error` says in etcd's words; undefined: nothing that is known here. */
export function refusalOf(error: unknown): EtcdRefusal | undefined {
  if (!(error instanceof RpcError)) return undefined;
  const [, text = ''] = /etcdserver: (.*)$/s.exec(error.message) ?? [];
  return BY_TEXT.get(text);
}
