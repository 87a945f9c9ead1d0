import {
  RangeRequest_SortOrder,
  RangeRequest_SortTarget,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from '@portolan/contracts/etcd/kv';
import { REQUEST_BYTES_MAX, TXN_OPERATIONS_MAX } from '@portolan/kv';
import { EtcdError } from '../etcd-error.ts';

const ORDERS = new Set<number>(Object.values(RangeRequest_SortOrder));
const TARGETS = new Set<number>(Object.values(RangeRequest_SortTarget));

/**
 * What is wrong with a request whatever the state, in etcd's order (`server/etcdserver/api/v3rpc/key.go`): of two faults its clients
 * are told the same one. The store has bounds of its own behind these.
 */
export function checkRange({ key, sortOrder, sortTarget }: RangeRequest): void {
  if (key.length === 0) throw new EtcdError('emptyKey');
  if (!ORDERS.has(sortOrder) || !TARGETS.has(sortTarget)) throw new EtcdError('sortOption');
}

export function checkPut({ key, value, lease, ignoreValue, ignoreLease }: PutRequest): void {
  if (key.length === 0) throw new EtcdError('emptyKey');
  if (ignoreValue && value.length > 0) throw new EtcdError('valueProvided');
  if (ignoreLease && lease !== 0n) throw new EtcdError('leaseProvided');
}

export function checkDelete({ key }: DeleteRangeRequest): void {
  if (key.length === 0) throw new EtcdError('emptyKey');
}

/** @param operationsMax what the transactions around it leave */
export function checkTxn({ compare, success, failure }: TxnRequest, operationsMax = TXN_OPERATIONS_MAX): void {
  const widest = Math.max(compare.length, success.length, failure.length);
  if (widest > operationsMax) throw new EtcdError('tooManyOperations');
  for (const { key } of compare) if (key.length === 0) throw new EtcdError('emptyKey');
  for (const operation of success) checkOperation(operation, operationsMax - widest);
  for (const operation of failure) checkOperation(operation, operationsMax - widest);
}

function checkOperation({ request }: RequestOp, operationsMax: number): void {
  switch (request?.$case) {
    case 'requestRange':
      checkRange(request.value);
      return;
    case 'requestPut':
      checkPut(request.value);
      return;
    case 'requestDeleteRange':
      checkDelete(request.value);
      return;
    case 'requestTxn':
      checkTxn(request.value, operationsMax);
      return;
    case undefined:
      throw new EtcdError('keyNotFound');
  }
}

/** What etcd's log adds to a request, in bytes, about: it is the entry that is measured there. */
const ENTRY_BYTES = 20;

/** @param bytes of the encoded request */
export function checkSize(bytes: number): void {
  if (bytes + ENTRY_BYTES > REQUEST_BYTES_MAX) throw new EtcdError('requestTooLarge');
}
