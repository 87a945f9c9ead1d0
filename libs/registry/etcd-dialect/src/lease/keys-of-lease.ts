import { keyOf, keysFrom, type Key, type LeaseId, type Revision } from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { keyBuffer } from '../etcd-key-range.ts';

/** Keys looked at in one turn of the loop: about a millisecond. */
const PAGE_KEYS = 10_000;

/**
 * Users' keys that go with a lease. Nothing lists them by lease in the interface of the store, so all keys are looked at, in pages of one revision:
 * it is asked by people, about one lease.
 */
export async function keysOfLease(
  { store, principal }: DialectScope,
  id: LeaseId,
  signal: AbortSignal,
): Promise<Buffer[]> {
  const found: Buffer[] = [];
  let from: Key | undefined = keyOf('');
  let revision: Revision | undefined;
  while (from !== undefined) {
    const page = await store.range(
      {
        principal,
        keyspace: 'user',
        keys: keysFrom(from),
        limit: PAGE_KEYS,
        select: 'keys',
        ...(revision !== undefined && { revision }),
      },
      signal,
    );
    revision ??= page.revision;
    for (const { key, lease } of page.keyValues) if (lease === id) found.push(keyBuffer(key));
    from = page.more ? after(page.keyValues.at(-1)?.key) : undefined;
  }
  return found;
}

/** The first key behind it. */
function after(key: Key | undefined): Key | undefined {
  return key === undefined ? undefined : (`${key}\0` as Key);
}
