import type { RequestOp, ResponseOp, TxnRequest, TxnResponse } from '@portolan/contracts/etcd/kv';
import { checkedInteger, unreachable } from '@portolan/kernel';
import {
  MalformedAnswerError,
  type NestedTxn,
  type Operation,
  type OperationResult,
  type PutOperation,
  type RangeQuery,
  type TxnAnswer,
} from '@portolan/kv';
import { encodeCompare } from './compare.ts';
import type { KeyMapping } from './key-mapping.ts';
import { asBuffer, decodeKeyValue } from './key-value.ts';
import { decodeRange, encodeRange } from './range.ts';

/** Higher than every revision: on the path that is taken, etcd refuses the transaction for it. */
const NEVER_READABLE = 2n ** 63n - 1n;

export interface TxnCodec {
  readonly mapping: KeyMapping;
  /** Whether a read is of what its keyspace has forgotten, though etcd may still know. */
  readonly isForgotten: (query: RangeQuery) => boolean;
}

export function encodeTxn(codec: TxnCodec, { compares = [], success = [], failure = [] }: NestedTxn): TxnRequest {
  return {
    compare: compares.map((compare) => encodeCompare(codec.mapping, compare)),
    success: success.map((operation) => encodeOperation(codec, operation)),
    failure: failure.map((operation) => encodeOperation(codec, operation)),
  };
}

/** A transaction inside another one. */
export function nestedOp(value: TxnRequest): RequestOp {
  return { request: { $case: 'requestTxn', value } };
}

function encodeOperation(codec: TxnCodec, operation: Operation): RequestOp {
  const { mapping } = codec;
  switch (operation.kind) {
    case 'range': {
      const value = encodeRange(mapping, operation, codec.isForgotten(operation) ? NEVER_READABLE : undefined);
      return { request: { $case: 'requestRange', value } };
    }
    case 'put':
      return encodePut(mapping, operation);
    case 'delete': {
      const { keyspace, keys, previous = false } = operation;
      const value = { ...mapping.range(keyspace, keys), prevKv: previous };
      return { request: { $case: 'requestDeleteRange', value } };
    }
    case 'txn':
      return nestedOp(encodeTxn(codec, operation));
    default:
      return unreachable(operation);
  }
}

function encodePut(mapping: KeyMapping, { keyspace, key, value, lease, previous = false }: PutOperation): RequestOp {
  return {
    request: {
      $case: 'requestPut',
      value: {
        key: mapping.key(keyspace, key),
        value: value === 'keep' ? Buffer.alloc(0) : asBuffer(value),
        lease: lease === 'keep' ? 0n : (lease ?? 0n),
        prevKv: previous,
        ignoreValue: value === 'keep',
        ignoreLease: lease === 'keep',
      },
    },
  };
}

/** @param txn that it is the answer to */
export function decodeTxn(mapping: KeyMapping, txn: NestedTxn, { succeeded, responses }: TxnResponse): TxnAnswer {
  const operations = (succeeded ? txn.success : txn.failure) ?? [];
  if (operations.length !== responses.length) throw new MalformedAnswerError('an answer with too few or many results');
  return {
    succeeded,
    results: operations.map((operation, index) => decodeResult(mapping, operation, responses[index])),
  };
}

function decodeResult(mapping: KeyMapping, operation: Operation, answer: ResponseOp | undefined): OperationResult {
  const response = answer?.response;
  if (operation.kind === 'range' && response?.$case === 'responseRange') {
    return { kind: 'range', ...decodeRange(mapping, operation, response.value) };
  }
  if (operation.kind === 'put' && response?.$case === 'responsePut') {
    const { prevKv } = response.value;
    const previous = prevKv === undefined ? undefined : decodeKeyValue(mapping, operation.keyspace, prevKv);
    return { kind: 'put', previous };
  }
  if (operation.kind === 'delete' && response?.$case === 'responseDeleteRange') {
    const { deleted, prevKvs } = response.value;
    const previous = prevKvs.map((one) => decodeKeyValue(mapping, operation.keyspace, one));
    return { kind: 'delete', deleted: checkedInteger(deleted, 'deleted'), previous };
  }
  if (operation.kind === 'txn' && response?.$case === 'responseTxn') {
    return { kind: 'txn', ...decodeTxn(mapping, operation, response.value) };
  }
  throw new MalformedAnswerError('a result of another kind than what was asked');
}
