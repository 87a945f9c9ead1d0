import type { NestedTxn, Operation, PutOperation } from './txn-request.ts';

/** The put of a transaction that is one and nothing else, as most are: what is done for each of many is done for it at once. */
export function plainPutOf({ compares, success, failure }: NestedTxn): PutOperation | undefined {
  if (success?.length !== 1) return undefined;
  if ((compares !== undefined && compares.length > 0) || (failure !== undefined && failure.length > 0))
    return undefined;
  const [operation] = success;
  return operation?.kind === 'put' ? operation : undefined;
}

/** The puts of a transaction that has nothing else; there is one at least. */
export function putsAlone({ compares, success, failure }: NestedTxn): readonly PutOperation[] | undefined {
  if (success === undefined || success.length === 0) return undefined;
  if ((compares !== undefined && compares.length > 0) || (failure !== undefined && failure.length > 0))
    return undefined;
  return success.every(isPut) ? success : undefined;
}

const isPut = (operation: Operation): operation is PutOperation => operation.kind === 'put';
