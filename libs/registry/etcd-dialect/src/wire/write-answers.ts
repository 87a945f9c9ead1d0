import { assert } from '@portolan/kernel';
import type { OperationResult, RangeAnswer, RangeResult, TxnResult } from '@portolan/kv';
import { writeBareHeader, type AnswerHeader } from './answer-header.ts';
import type { WireWriter } from './wire-writer.ts';
import { writeFlag, writeKeyValue, writeKeyValues } from './write-key-value.ts';

/** Fields, as `number << 3 | type` of etcd's contract. */
const HEADER = 0x0a;
const RANGE = { keyValues: 0x12, more: 0x18, count: 0x20 } as const;
const PUT = { previous: 0x12 } as const;
const DELETE = { deleted: 0x10, previous: 0x1a } as const;
const TXN = { succeeded: 0x10, responses: 0x1a } as const;
const RESPONSE = { range: 0x0a, put: 0x12, delete: 0x1a } as const;

export function writeRangeAnswer(writer: WireWriter, header: AnswerHeader, result: RangeResult): void {
  writeRange(writer, result);
  header.write(writer, HEADER, result.revision);
}

/** @param result of one put alone */
export function writePutAnswer(writer: WireWriter, header: AnswerHeader, result: TxnResult): void {
  const only = onlyOf(result);
  assert(only.kind === 'put', 'a put is answered with one');
  if (only.previous !== undefined) writeKeyValue(writer, PUT.previous, only.previous);
  header.write(writer, HEADER, result.revision);
}

/** @param result of one deletion alone */
export function writeDeleteAnswer(writer: WireWriter, header: AnswerHeader, result: TxnResult): void {
  const only = onlyOf(result);
  assert(only.kind === 'delete', 'a deletion is answered with one');
  writeKeyValues(writer, DELETE.previous, only.previous);
  writer.numberField(DELETE.deleted, only.deleted);
  header.write(writer, HEADER, result.revision);
}

/** @param result of a transaction without transactions in it. As `encodeTxn`: each operation's header has the revision that it saw */
export function writeTxnAnswer(writer: WireWriter, header: AnswerHeader, result: TxnResult): void {
  const { results, revision, succeeded } = result;
  const firstChange = results.findIndex(changesSomething);
  for (let index = results.length - 1; index >= 0; index -= 1) {
    const one = results[index];
    if (one === undefined) continue;
    const from = writer.written;
    writeOperation(writer, one, index < firstChange ? revision - 1 : revision);
    writer.message(TXN.responses, from);
  }
  writeFlag(writer, TXN.succeeded, succeeded);
  header.write(writer, HEADER, revision);
}

function writeOperation(writer: WireWriter, result: OperationResult, revision: number): void {
  const from = writer.written;
  assert(result.kind !== 'txn', 'a transaction with transactions in it is answered elsewhere');
  if (result.kind === 'range') {
    writeRange(writer, result);
  } else if (result.kind === 'put') {
    if (result.previous !== undefined) writeKeyValue(writer, PUT.previous, result.previous);
  } else {
    writeKeyValues(writer, DELETE.previous, result.previous);
    writer.numberField(DELETE.deleted, result.deleted);
  }
  writeBareHeader(writer, HEADER, revision);
  writer.message(RESPONSE[result.kind], from);
}

function writeRange(writer: WireWriter, { keyValues, more, count }: RangeAnswer): void {
  writer.numberField(RANGE.count, count);
  writeFlag(writer, RANGE.more, more);
  writeKeyValues(writer, RANGE.keyValues, keyValues);
}

function changesSomething(result: OperationResult): boolean {
  return result.kind === 'put' || (result.kind === 'delete' && result.deleted > 0);
}

function onlyOf({ results }: TxnResult): OperationResult {
  const [only] = results;
  assert(only !== undefined, 'one operation has one result');
  return only;
}
