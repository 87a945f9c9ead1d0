import { unreachable } from '@portolan/kernel';
import { FutureRevisionError, KeyNotFoundError, LeaseNotFoundError, QuotaExceededError } from '../errors.ts';
import { revision, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import { keyToText } from '../key.ts';
import type { KeyValue } from '../key-value.ts';
import { quotaOf } from '../limits.ts';
import { plainPutOf } from '../plain-put.ts';
import { CorruptStoreError } from '../refused-writes.ts';
import type {
  DeleteOperation,
  NestedTxn,
  Operation,
  OperationResult,
  PutOperation,
  RangeOperation,
  TxnAnswer,
} from '../txn-request.ts';
import { isCorrupt, isFull } from './alarms.ts';
import { answerRange } from './answer-range.ts';
import { keyValueBytes } from './change.ts';
import { holds } from './compare-keys.ts';
import type { LeaseTable } from './lease-table.ts';
import type { MachineState } from './machine-state.ts';
import { scan } from './tree.ts';

/** What a transaction works on: writes stay pending in the keyspaces until its caller commits or rolls back. */
export type TxnScope = Readonly<Pick<MachineState, 'revision' | 'keyspaces' | 'leases' | 'limits' | 'alarms'>>;

/** The revision that a transaction makes if it changes anything. */
export const nextRevision = (scope: Pick<MachineState, 'revision'>): Revision => revision(scope.revision + 1);

/** The answer of most puts. */
const PUT: OperationResult = { kind: 'put', previous: undefined };

/** A transaction with its branches chosen. */
interface DecidedTxn {
  readonly kind: 'txn';
  readonly succeeded: boolean;
  readonly operations: readonly (Exclude<Operation, { readonly kind: 'txn' }> | DecidedTxn)[];
}

/**
 * All compares, nested ones too, are of what was before the transaction; reads see what the operations before them did, as in etcd.
 * @throws PortolanError when an operation on the path cannot be done; the caller then rolls back
 */
export function runTxn(scope: TxnScope, txn: NestedTxn): TxnAnswer {
  const put = plainPutOf(txn);
  if (put !== undefined) return { succeeded: true, results: [runPut(scope, put)] };
  return runDecided(scope, decide(scope, txn));
}

function decide(scope: TxnScope, txn: NestedTxn): DecidedTxn {
  const succeeded = (txn.compares ?? []).every((compare) => holds(scope.keyspaces[compare.keyspace].current, compare));
  const chosen = (succeeded ? txn.success : txn.failure) ?? [];
  const operations = chosen.map((operation) => (operation.kind === 'txn' ? decide(scope, operation) : operation));
  return { kind: 'txn', succeeded, operations };
}

function runDecided(scope: TxnScope, { succeeded, operations }: DecidedTxn): TxnAnswer {
  return { succeeded, results: operations.map((operation) => runOperation(scope, operation)) };
}

function runOperation(scope: TxnScope, operation: DecidedTxn['operations'][number]): OperationResult {
  switch (operation.kind) {
    case 'range':
      return runRange(scope, operation);
    case 'put':
      return runPut(scope, operation);
    case 'delete':
      return runDelete(scope, operation);
    case 'txn':
      return { kind: 'txn', ...runDecided(scope, operation) };
    default:
      return unreachable(operation);
  }
}

function runRange(scope: TxnScope, operation: RangeOperation): OperationResult {
  const keyspace = scope.keyspaces[operation.keyspace];
  if (operation.revision === undefined) return { kind: 'range', ...answerRange(keyspace.current, operation) };
  if (operation.revision > scope.revision) throw new FutureRevisionError(operation.revision, scope.revision);
  return { kind: 'range', ...answerRange(keyspace.view(operation.revision), operation) };
}

function runPut(scope: TxnScope, operation: PutOperation): OperationResult {
  requireWritable(scope);
  if (isFull(scope.alarms, operation.keyspace)) throw quotaExceeded(scope, operation.keyspace);
  const keyspace = scope.keyspaces[operation.keyspace];
  const before = keyspace.current.get(operation.key);
  if (before === undefined && (operation.value === 'keep' || operation.lease === 'keep')) {
    throw new KeyNotFoundError(keyToText(operation.key));
  }
  const value = operation.value === 'keep' ? before?.value : operation.value;
  const lease = operation.lease === 'keep' ? before?.lease : operation.lease;
  if (lease !== undefined) requireLease(scope.leases, lease);
  const next = nextRevision(scope);
  const after: KeyValue = {
    key: operation.key,
    value: value ?? new Uint8Array(0),
    createRevision: before?.createRevision ?? next,
    modRevision: next,
    version: (before?.version ?? 0) + 1,
    lease,
  };
  const growth = keyValueBytes(after) - (before === undefined ? 0 : keyValueBytes(before));
  if (growth > 0 && keyspace.bytes + growth > quotaOf(scope.limits, operation.keyspace)) {
    throw quotaExceeded(scope, operation.keyspace);
  }
  keyspace.put(after, before);
  return operation.previous === true ? { kind: 'put', previous: before } : PUT;
}

function runDelete(scope: TxnScope, operation: DeleteOperation): OperationResult {
  requireWritable(scope);
  const keyspace = scope.keyspaces[operation.keyspace];
  const found: KeyValue[] = [];
  scan(keyspace.current, operation.keys, (keyValue) => {
    found.push(keyValue);
    return true;
  });
  const next = nextRevision(scope);
  for (const { key } of found) keyspace.delete(key, next);
  return { kind: 'delete', deleted: found.length, previous: operation.previous === true ? found : [] };
}

function requireWritable({ alarms }: TxnScope): void {
  if (isCorrupt(alarms)) throw new CorruptStoreError();
}

function quotaExceeded({ limits }: TxnScope, keyspace: Keyspace): QuotaExceededError {
  return new QuotaExceededError(keyspace, quotaOf(limits, keyspace));
}

function requireLease(leases: LeaseTable, id: LeaseId): void {
  if (leases.get(id) === undefined) throw new LeaseNotFoundError(id);
}
