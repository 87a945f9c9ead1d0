import { DuplicateKeyError } from './errors.ts';
import type { Keyspace } from './ids.ts';
import { keyToText, type Key } from './key.ts';
import { rangeIncludes, type KeyRange } from './key-range.ts';
import type { NestedTxn, Operation } from './txn-request.ts';

interface Writes {
  /** Keyspace and key, joined: `user/a`. */
  readonly puts: Map<string, PutKey>;
  readonly deletes: DeletedRange[];
}

interface PutKey {
  readonly keyspace: Keyspace;
  readonly key: Key;
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
    const own = writesOfOne(operation);
    for (const [id, put] of own.puts) {
      if (all.puts.has(id)) throw new DuplicateKeyError(keyToText(put.key));
      refuseDeleted(put, all.deletes);
    }
    if (own.deletes.length > 0) for (const put of all.puts.values()) refuseDeleted(put, own.deletes);
    for (const [id, put] of own.puts) all.puts.set(id, put);
    all.deletes.push(...own.deletes);
  }
  return all;
}

function writesOfOne(operation: Operation): Writes {
  switch (operation.kind) {
    case 'range':
      return { puts: new Map(), deletes: [] };
    case 'put':
      return { puts: new Map([[`${operation.keyspace}/${operation.key}`, operation]]), deletes: [] };
    case 'delete':
      return { puts: new Map(), deletes: [operation] };
    case 'txn': {
      const success = writesOf(operation.success ?? []);
      const failure = writesOf(operation.failure ?? []);
      return {
        puts: new Map([...success.puts, ...failure.puts]),
        deletes: [...success.deletes, ...failure.deletes],
      };
    }
  }
}

function refuseDeleted(put: PutKey, deletes: readonly DeletedRange[]): void {
  for (const { keyspace, keys } of deletes) {
    if (keyspace === put.keyspace && rangeIncludes(keys, put.key)) throw new DuplicateKeyError(keyToText(put.key));
  }
}
