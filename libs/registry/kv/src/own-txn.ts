import type { NestedTxn, Operation } from './txn-request.ts';

/**
 * A copy of a transaction that shares no bytes with the caller's: what is in the store must not change when a caller reuses its
 * buffer, nor keep a whole network buffer alive for the few bytes of a value in it.
 */
export function ownTxn({ compares = [], success = [], failure = [] }: NestedTxn): NestedTxn {
  return { compares, success: success.map(ownOperation), failure: failure.map(ownOperation) };
}

function ownOperation(operation: Operation): Operation {
  if (operation.kind === 'txn') return { kind: 'txn', ...ownTxn(operation) };
  if (operation.kind !== 'put' || operation.value === 'keep') return operation;
  return { ...operation, value: new Uint8Array(operation.value) };
}
