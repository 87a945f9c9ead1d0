import { unreachable } from '@portolan/kernel';
import type { OperationResult, TxnAnswer } from '../txn-request.ts';
import type { KeyValue } from '../key-value.ts';
import { keyValueBytes } from './change.ts';

/** What an object takes beside its keys and values, here and as a message: roughly. */
const OVERHEAD_BYTES = 64;

/** About what it takes to keep an answer, or to send it. */
export function answerBytes(answer: TxnAnswer): number {
  return answer.results.reduce((bytes, result) => bytes + resultBytes(result), OVERHEAD_BYTES);
}

export function keyValuesBytes(keyValues: readonly KeyValue[]): number {
  return keyValues.reduce((bytes, keyValue) => bytes + OVERHEAD_BYTES + keyValueBytes(keyValue), OVERHEAD_BYTES);
}

function resultBytes(result: OperationResult): number {
  switch (result.kind) {
    case 'range':
      return keyValuesBytes(result.keyValues);
    case 'put':
      return keyValuesBytes(result.previous === undefined ? [] : [result.previous]);
    case 'delete':
      return keyValuesBytes(result.previous);
    case 'txn':
      return answerBytes(result);
    default:
      return unreachable(result);
  }
}
