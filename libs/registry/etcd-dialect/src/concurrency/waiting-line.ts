import { assert } from '@portolan/kernel';
import {
  CompactedError,
  isAbsent,
  keyFromBytes,
  keysWithPrefix,
  leaseId,
  oneKey,
  revision,
  type Key,
  type KeyValue,
  type LeaseId,
  type Revision,
} from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { chooseLeaseId } from '../lease/lease-id.ts';

/** Who waits for a lock or an election without a lease of its own is given one of so many seconds, as by etcd. */
const SESSION_TTL_SECONDS = 60;

/** A place in the line: the holder is who has the smallest create revision. */
export interface Place {
  readonly key: Key;
  readonly lease: LeaseId;
  /** The fencing token. */
  readonly createRevision: Revision;
  /** The store's when the place was taken, or found. */
  readonly revision: Revision;
  /** What stood there, when the lease had its place already. */
  readonly found: KeyValue | undefined;
}

/** The keys of a lock or an election: `name/` and the lease in hexadecimal, as clients that queue by themselves name them. */
export function linePrefix(name: Uint8Array): Key {
  return keyFromBytes(Buffer.concat([name, Buffer.from('/')]));
}

export async function sessionLease(scope: DialectScope, asked: bigint, signal: AbortSignal): Promise<LeaseId> {
  if (asked !== 0n) return leaseId(asked);
  const { store, principal, rng } = scope;
  const id = chooseLeaseId(rng);
  await store.grantLease({ principal, ttlSeconds: SESSION_TTL_SECONDS, id }, signal);
  return id;
}

/** One place for each lease, however often it asks. */
export async function takePlace(
  { store, principal }: DialectScope,
  prefix: Key,
  lease: LeaseId,
  value: Uint8Array,
  signal: AbortSignal,
): Promise<Place> {
  const key = `${prefix}${lease.toString(16)}` as Key;
  const result = await store.txn(
    {
      principal,
      compares: [isAbsent('user', key)],
      success: [{ kind: 'put', keyspace: 'user', key, value, lease }],
      failure: [{ kind: 'range', keyspace: 'user', keys: oneKey(key) }],
    },
    signal,
  );
  const { revision: now, succeeded } = result;
  if (succeeded) return { key, lease, createRevision: now, revision: now, found: undefined };
  const [read] = result.results;
  assert(read?.kind === 'range', 'a read is answered with one');
  const [found] = read.keyValues;
  assert(found !== undefined, 'who is not absent is there');
  return { key, lease, createRevision: found.createRevision, revision: now, found };
}

/** Resolves when nobody is before the place any more. */
export async function waitForTurn(
  { store, principal }: DialectScope,
  prefix: Key,
  { createRevision }: Place,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const before = await store.range(
      {
        principal,
        keyspace: 'user',
        keys: keysWithPrefix(prefix),
        sort: { target: 'create', order: 'descend' },
        maxCreateRevision: revision(createRevision - 1),
        limit: 1,
      },
      signal,
    );
    const [last] = before.keyValues;
    if (last === undefined) return;
    await waitForDeletion({ store, principal }, last.key, before.revision, signal);
  }
}

async function waitForDeletion(
  { store, principal }: Pick<DialectScope, 'store' | 'principal'>,
  key: Key,
  seenAt: Revision,
  signal: AbortSignal,
): Promise<void> {
  const startRevision = revision(seenAt + 1);
  try {
    const watch = store.watch(
      { principal, keyspace: 'user', keys: oneKey(key), startRevision, events: 'deletes' },
      signal,
    );
    for await (const { events } of watch) if (events.length > 0) return;
  } catch (error) {
    // It may have happened in what is forgotten: look again.
    if (!(error instanceof CompactedError)) throw error;
  }
  signal.throwIfAborted();
}

/** Gives the place up, whoever still waits for the answer. */
export async function leavePlace({ store, principal }: DialectScope, { key, createRevision }: Place): Promise<void> {
  await store.txn({
    principal,
    compares: [
      { keyspace: 'user', keys: oneKey(key), relation: 'equal', target: { kind: 'create', value: createRevision } },
    ],
    success: [{ kind: 'delete', keyspace: 'user', keys: oneKey(key) }],
  });
}
