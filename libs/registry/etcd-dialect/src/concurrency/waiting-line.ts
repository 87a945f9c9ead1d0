import { assert } from '@portolan/kernel';
import {
  CompactedError,
  isAbsent,
  keyFromBytes,
  keysWithPrefix,
  leaseId,
  LeaseNotFoundError,
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

/** Who wants a place. */
export interface Asking {
  readonly name: Uint8Array;
  /** 0: one of its own. */
  readonly lease: bigint;
  /** What its key is to say. */
  readonly value: Uint8Array;
}

/**
 * Gives who asks a place, and hands it to `use`, which waits. When that fails, as when the caller leaves, nothing of it stays: neither the
 * place nor a lease that nobody was told of.
 * @throws EtcdError when too many wait
 */
export function inLine<Result>(
  scope: DialectScope,
  { name, lease: asked, value }: Asking,
  signal: AbortSignal,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  return scope.waiters.whileWaiting(async () => {
    const lease = asked === 0n ? await ownLease(scope) : leaseId(asked);
    let place: Place | undefined;
    try {
      // Whether or not the caller leaves meanwhile: a place that is not known of would never be given up.
      place = await takePlace(scope, linePrefix(name), lease, value);
      signal.throwIfAborted();
      return await use(place);
    } catch (error) {
      if (asked === 0n) await endLease(scope, lease);
      else if (place !== undefined) await leavePlace(scope, place);
      throw error;
    }
  });
}

async function ownLease({ store, principal, rng }: DialectScope): Promise<LeaseId> {
  const id = chooseLeaseId(rng);
  await store.grantLease({ principal, ttlSeconds: SESSION_TTL_SECONDS, id });
  return id;
}

/** And with it the place. */
async function endLease({ store, principal }: DialectScope, id: LeaseId): Promise<void> {
  try {
    await store.revokeLease({ principal, id });
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof LeaseNotFoundError)) throw error;
  }
}

/** One place for each lease, however often it asks. */
async function takePlace(
  { store, principal }: DialectScope,
  prefix: Key,
  lease: LeaseId,
  value: Uint8Array,
): Promise<Place> {
  const key = `${prefix}${lease.toString(16)}` as Key;
  const result = await store.txn({
    principal,
    compares: [isAbsent('user', key)],
    success: [{ kind: 'put', keyspace: 'user', key, value, lease }],
    failure: [{ kind: 'range', keyspace: 'user', keys: oneKey(key) }],
  });
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
  name: Uint8Array,
  { createRevision }: Place,
  signal: AbortSignal,
): Promise<void> {
  const keys = keysWithPrefix(linePrefix(name));
  for (;;) {
    const before = await store.range(
      {
        principal,
        keyspace: 'user',
        keys,
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
async function leavePlace({ store, principal }: DialectScope, { key, createRevision }: Place): Promise<void> {
  await store.txn({
    principal,
    compares: [
      { keyspace: 'user', keys: oneKey(key), relation: 'equal', target: { kind: 'create', value: createRevision } },
    ],
    success: [{ kind: 'delete', keyspace: 'user', keys: oneKey(key) }],
  });
}
