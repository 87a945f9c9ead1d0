import type { KvAction } from './access.ts';
import { oneKey } from './key-range.ts';
import { plainPutOf } from './plain-put.ts';
import type { NestedTxn } from './txn-request.ts';

/** All a transaction may do, whichever way its compares go: what a branch that does not run reads or writes counts too. */
export function actionsOfTxn(txn: NestedTxn): Iterable<KvAction> {
  const put = plainPutOf(txn);
  if (put === undefined || put.previous === true) return actions(txn);
  return [{ kind: 'write', keyspace: put.keyspace, keys: oneKey(put.key) }];
}

function* actions(txn: NestedTxn): Generator<KvAction, void, undefined> {
  for (const { keyspace, keys } of txn.compares ?? []) yield { kind: 'read', keyspace, keys };
  for (const operations of [txn.success ?? [], txn.failure ?? []]) {
    for (const operation of operations) {
      switch (operation.kind) {
        case 'range':
          yield { kind: 'read', keyspace: operation.keyspace, keys: operation.keys };
          break;
        case 'put':
          yield { kind: 'write', keyspace: operation.keyspace, keys: oneKey(operation.key) };
          if (operation.previous === true)
            yield { kind: 'read', keyspace: operation.keyspace, keys: oneKey(operation.key) };
          break;
        case 'delete':
          yield { kind: 'write', keyspace: operation.keyspace, keys: operation.keys };
          if (operation.previous === true) yield { kind: 'read', keyspace: operation.keyspace, keys: operation.keys };
          break;
        case 'txn':
          yield* actions(operation);
          break;
      }
    }
  }
}
