import type * as proto from '@portolan/contracts/kv';
import { checkedInteger, type Principal } from '@portolan/kernel';
import { MalformedAnswerError, MalformedRequestError } from '../errors.ts';
import { sessionId } from '../ids.ts';
import { keyFromBytes } from '../key.ts';
import { answerBytes } from '../machine/answer-bytes.ts';
import type {
  NestedTxn,
  Operation,
  OperationResult,
  PutOperation,
  TxnAnswer,
  TxnRequest,
  TxnResult,
} from '../txn-request.ts';
import { decodeCompare, encodeCompare } from './compare.ts';
import { decodeRangeAnswer, decodeRangeQuery, encodeRangeAnswer, encodeRangeQuery } from './range.ts';
import { checkResponseBytes } from './response-bytes.ts';
import {
  asBuffer,
  decodeHeader,
  decodeKeys,
  decodeKeyspace,
  decodeKeyValue,
  decodeLeaseId,
  encodeHeader,
  encodeKey,
  encodeKeys,
  encodeKeyspace,
  encodeKeyValue,
  encodeLeaseId,
} from './scalars.ts';

export function encodeTxnRequest(request: TxnRequest): proto.TxnRequest {
  return {
    ...encodeNested(request),
    session: request.idempotency?.session ?? 0n,
    sequence: BigInt(request.idempotency?.sequence ?? 0),
  };
}

export function decodeTxnRequest(request: proto.TxnRequest, principal: Principal): TxnRequest {
  const txn = { ...decodeNested(request), principal };
  if (request.session === 0n) return txn;
  const sequence = checkedInteger(request.sequence, 'sequence');
  return { ...txn, idempotency: { session: sessionId(request.session), sequence } };
}

/** @throws ResponseTooLargeError, although the transaction has been applied */
export function encodeTxnResult(result: TxnResult): proto.TxnResponse {
  checkResponseBytes(answerBytes(result));
  return { header: encodeHeader(result), ...encodeAnswer(result) };
}

export function decodeTxnResult(response: proto.TxnResponse): TxnResult {
  return { ...decodeHeader(response.header), ...decodeAnswer(response) };
}

export function encodeNested({ compares = [], success = [], failure = [] }: NestedTxn): proto.NestedTxn {
  return {
    compares: compares.map(encodeCompare),
    success: success.map(encodeOperation),
    failure: failure.map(encodeOperation),
  };
}

export function decodeNested(txn: proto.NestedTxn): NestedTxn {
  return {
    compares: txn.compares.map(decodeCompare),
    success: txn.success.map(decodeOperation),
    failure: txn.failure.map(decodeOperation),
  };
}

function encodeOperation(operation: Operation): proto.Operation {
  switch (operation.kind) {
    case 'range':
      return { operation: { $case: 'range', value: encodeRangeQuery(operation) } };
    case 'put':
      return { operation: { $case: 'put', value: encodePut(operation) } };
    case 'delete': {
      const { keyspace, keys, previous } = operation;
      const value = { keyspace: encodeKeyspace(keyspace), ...encodeKeys(keys), previous: previous === true };
      return { operation: { $case: 'deleteRange', value } };
    }
    case 'txn':
      return { operation: { $case: 'txn', value: encodeNested(operation) } };
  }
}

function decodeOperation({ operation }: proto.Operation): Operation {
  switch (operation?.$case) {
    case 'range':
      return { kind: 'range', ...decodeRangeQuery(operation.value) };
    case 'put':
      return decodePut(operation.value);
    case 'deleteRange': {
      const { keyspace, previous } = operation.value;
      const keys = decodeKeys(operation.value);
      return { kind: 'delete', keyspace: decodeKeyspace(keyspace), keys, ...(previous && { previous }) };
    }
    case 'txn':
      return { kind: 'txn', ...decodeNested(operation.value) };
    case undefined:
      throw new MalformedRequestError('an operation is empty', 'set range, put, delete_range or txn');
  }
}

function encodePut(put: PutOperation): proto.PutRequest {
  return {
    keyspace: encodeKeyspace(put.keyspace),
    key: encodeKey(put.key),
    value: put.value === 'keep' ? Buffer.alloc(0) : asBuffer(put.value),
    lease: put.lease === 'keep' ? 0n : encodeLeaseId(put.lease),
    previous: put.previous === true,
    ignoreValue: put.value === 'keep',
    ignoreLease: put.lease === 'keep',
  };
}

function decodePut(put: proto.PutRequest): PutOperation {
  if (put.ignoreValue && put.value.length > 0) {
    throw new MalformedRequestError('a put has a value and ignore_value', 'leave one of them out');
  }
  if (put.ignoreLease && put.lease !== 0n) {
    throw new MalformedRequestError('a put has a lease and ignore_lease', 'leave one of them out');
  }
  const lease = put.ignoreLease ? 'keep' : decodeLeaseId(put.lease);
  return {
    kind: 'put',
    keyspace: decodeKeyspace(put.keyspace),
    key: keyFromBytes(put.key),
    value: put.ignoreValue ? 'keep' : put.value,
    ...(lease !== undefined && { lease }),
    ...(put.previous && { previous: true }),
  };
}

export function encodeAnswer(answer: TxnAnswer): proto.NestedTxnResult {
  return { succeeded: answer.succeeded, results: answer.results.map(encodeResult) };
}

export function decodeAnswer(answer: proto.NestedTxnResult): TxnAnswer {
  return { succeeded: answer.succeeded, results: answer.results.map(decodeResult) };
}

function encodeResult(result: OperationResult): proto.OperationResult {
  switch (result.kind) {
    case 'range':
      return { result: { $case: 'range', value: encodeRangeAnswer(result) } };
    case 'put': {
      const previous = result.previous === undefined ? undefined : encodeKeyValue(result.previous);
      return { result: { $case: 'put', value: { previous } } };
    }
    case 'delete': {
      const value = { deleted: BigInt(result.deleted), previous: result.previous.map(encodeKeyValue) };
      return { result: { $case: 'deleteRange', value } };
    }
    case 'txn':
      return { result: { $case: 'txn', value: encodeAnswer(result) } };
  }
}

function decodeResult({ result }: proto.OperationResult): OperationResult {
  switch (result?.$case) {
    case 'range':
      return { kind: 'range', ...decodeRangeAnswer(result.value) };
    case 'put': {
      const { previous } = result.value;
      return { kind: 'put', previous: previous === undefined ? undefined : decodeKeyValue(previous) };
    }
    case 'deleteRange': {
      const deleted = checkedInteger(result.value.deleted, 'deleted');
      return { kind: 'delete', deleted, previous: result.value.previous.map(decodeKeyValue) };
    }
    case 'txn':
      return { kind: 'txn', ...decodeAnswer(result.value) };
    case undefined:
      throw new MalformedAnswerError('the result of an operation is empty');
  }
}
