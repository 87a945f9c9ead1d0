import type { Clock, Principal } from '@portolan/kernel';
import {
  CompactedError,
  IncarnationChangedError,
  keyOf,
  keysWithPrefix,
  oneKey,
  revision,
  type Compare,
  type Key,
  type KeyValue,
  type KvStore,
  type Revision,
} from '@portolan/kv';
import { LockLostError } from './errors.ts';
import { grantKeptLease, type KeptLease } from './kept-lease.ts';

/** A holder that died is followed after this at most, and a little. */
export const LOCK_TTL_SECONDS = 10;

export interface LockOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  /** What is locked. In the keyspace `user`; etcd's clients that lock the same name are in the same queue. */
  readonly name: string;
  /** Default: `LOCK_TTL_SECONDS`. */
  readonly ttlSeconds?: number;
}

/** Held until it is disposed of, or lost. */
export interface Lock extends AsyncDisposable {
  /** Its place in the queue: grows from holder to holder. Whatever is guarded with it elsewhere refuses a smaller one. */
  readonly token: Revision;
  /**
   * For each transaction that the lock is to protect: it holds only while the lock is held. Without it, a holder that paused for longer
   * than its lease lives writes beside the next one (etcd#11456).
   */
  readonly guard: Compare;
  /** Aborted when the lock is no longer held for certain. */
  readonly lost: AbortSignal;
}

/**
 * Waits until nobody else holds it: those who asked first come first. As etcd's clients lay it out: a key `name/<lease id in hex>` for
 * each who waits, in the order of their create revisions; each watches the one before it alone, so nobody wakes them all.
 * @param signal gives up waiting; the lock, once held, is given up by disposing it
 * @throws LockLostError when the place in the queue is gone: the lease ended while it was waiting
 */
export async function acquireLock(options: LockOptions, signal: AbortSignal): Promise<Lock> {
  const { store, principal, clock, name, ttlSeconds = LOCK_TTL_SECONDS } = options;
  const ended = new AbortController();
  await using undo = new AsyncDisposableStack();
  const lease = undo.use(await grantKeptLease({ store, principal, clock, ttlSeconds }, ended.signal));
  try {
    const { token, guard } = await untilFirst(options, lease, AbortSignal.any([lease.lost, signal]));
    undo.move();
    return { token, guard, lost: lease.lost, [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose]() };
  } catch (error) {
    if (lease.lost.aborted && !signal.aborted) throw new LockLostError(name);
    throw error;
  }
}

/** @throws LockLostError, and the signal's reason */
async function untilFirst(
  options: LockOptions,
  lease: KeptLease,
  signal: AbortSignal,
): Promise<Pick<Lock, 'token' | 'guard'>> {
  const place = await standInLine(options, lease, signal);
  const guard: Compare = {
    keyspace: 'user',
    keys: oneKey(place.key),
    relation: 'equal',
    target: { kind: 'create', value: place.token },
  };
  for (;;) {
    signal.throwIfAborted();
    const before = await whoIsBefore(options, place, guard, signal);
    if (before === undefined) return { token: place.token, guard };
    await untilGone(options, before, signal);
  }
}

interface Place {
  readonly key: Key;
  readonly token: Revision;
}

async function standInLine(
  { store, principal, name }: LockOptions,
  { id }: KeptLease,
  signal: AbortSignal,
): Promise<Place> {
  const key = keyOf(`${name}/${id.toString(16)}`);
  const put = { kind: 'put', keyspace: 'user', key, value: new Uint8Array(0), lease: id } as const;
  const { revision: token } = await store.txn({ principal, success: [put] }, signal);
  return { key, token };
}

/** @returns the one that is to go first, as it is at `at`; undefined when there is none: the lock is held */
async function whoIsBefore(
  { store, principal, name }: LockOptions,
  { token }: Place,
  guard: Compare,
  signal: AbortSignal,
): Promise<{ readonly key: Key; readonly at: Revision } | undefined> {
  const nearest = {
    kind: 'range',
    keyspace: 'user',
    keys: keysWithPrefix(keyOf(`${name}/`)),
    maxCreateRevision: revision(token - 1),
    sort: { target: 'create', order: 'descend' },
    limit: 1,
    select: 'keys',
  } as const;
  const answer = await store.txn({ principal, compares: [guard], success: [nearest] }, signal);
  if (!answer.succeeded) throw new LockLostError(name);
  const [found] = answer.results;
  const first: KeyValue | undefined = found?.kind === 'range' ? found.keyValues[0] : undefined;
  return first && { key: first.key, at: answer.revision };
}

/** Resolves when it may be gone: whoever waits looks again. */
async function untilGone(
  { store, principal }: LockOptions,
  { key, at }: { readonly key: Key; readonly at: Revision },
  signal: AbortSignal,
): Promise<void> {
  const startRevision = revision(at + 1);
  const watch = { principal, keyspace: 'user', keys: oneKey(key), startRevision, events: 'deletes' } as const;
  const stop = new AbortController();
  try {
    for await (const { events } of store.watch(watch, AbortSignal.any([signal, stop.signal]))) {
      if (events.length > 0) return;
    }
  } catch (error) {
    // What it had to say was compacted, or the history is another one: reading tells.
    if (!(error instanceof CompactedError || error instanceof IncarnationChangedError)) throw error;
  } finally {
    stop.abort();
  }
}
