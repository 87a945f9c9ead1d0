import { DuplicateKeyError } from './errors.ts';
import type { Keyspace } from './ids.ts';
import { keyToText, type Key } from './key.ts';
import { rangeIncludes, type KeyRange } from './key-range.ts';
import type { NestedTxn, Operation } from './txn-request.ts';

interface Writes {
  readonly puts: Map<Keyspace, Set<Key>>;
  readonly deletes: DeletedRange[];
}

interface DeletedRange {
  readonly keyspace: Keyspace;
  readonly keys: KeyRange;
}

/**
 * A path through the transaction may put a key once, and not both put and delete it. The branches of one nested
 * transaction exclude each other, so they may; two neighbours may not, whichever of their branches run.
 * @throws DuplicateKeyError
 */
export function checkDuplicates(txn: NestedTxn): void {
  writesOf(txn.success ?? []);
  writesOf(txn.failure ?? []);
}

function writesOf(operations: readonly Operation[]): Writes {
  const all: Writes = { puts: new Map(), deletes: [] };
  for (const operation of operations) {
    switch (operation.kind) {
      case 'range':
        break;
      case 'put':
        addPut(all, operation.keyspace, operation.key);
        break;
      case 'delete':
        addDelete(all, operation);
        break;
      case 'txn':
        addEither(all, writesOf(operation.success ?? []), writesOf(operation.failure ?? []));
        break;
    }
  }
  return all;
}

function addPut(all: Writes, keyspace: Keyspace, key: Key): void {
  const keys = keysOf(all, keyspace);
  // One look into the set for each put, as there may be many.
  const before = keys.size;
  if (keys.add(key).size === before) throw new DuplicateKeyError(keyToText(key));
  for (const deleted of all.deletes) refuseDeleted(deleted, keyspace, key);
}

function addDelete(all: Writes, deleted: DeletedRange): void {
  for (const key of all.puts.get(deleted.keyspace) ?? []) refuseDeleted(deleted, deleted.keyspace, key);
  all.deletes.push(deleted);
}

/** Of two branches, of which one alone runs: each is looked at beside what was there before, and not beside the other. */
function addEither(all: Writes, success: Writes, failure: Writes): void {
  const either = [success, failure];
  for (const { puts } of either) {
    for (const [keyspace, keys] of puts) {
      for (const key of keys) {
        if (all.puts.get(keyspace)?.has(key) === true) throw new DuplicateKeyError(keyToText(key));
        for (const deleted of all.deletes) refuseDeleted(deleted, keyspace, key);
      }
    }
  }
  for (const { deletes } of either) {
    for (const deleted of deletes) {
      for (const key of all.puts.get(deleted.keyspace) ?? []) refuseDeleted(deleted, deleted.keyspace, key);
    }
  }
  for (const { puts, deletes } of either) {
    for (const [keyspace, keys] of puts) for (const key of keys) keysOf(all, keyspace).add(key);
    all.deletes.push(...deletes);
  }
}

function keysOf({ puts }: Writes, keyspace: Keyspace): Set<Key> {
  let keys = puts.get(keyspace);
  if (keys === undefined) puts.set(keyspace, (keys = new Set<Key>()));
  return keys;
}

function refuseDeleted(deleted: DeletedRange, keyspace: Keyspace, key: Key): void {
  if (deleted.keyspace === keyspace && rangeIncludes(deleted.keys, key)) throw new DuplicateKeyError(keyToText(key));
}
