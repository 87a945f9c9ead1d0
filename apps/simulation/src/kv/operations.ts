import { ANONYMOUS } from '@portolan/kernel';
import {
  keyOf,
  keysBetween,
  keyToText,
  leaseId,
  LeaseExistsError,
  LeaseNotFoundError,
  oneKey,
  OutcomeUnknownError,
  revision,
  type Compare,
  type KeyRange,
  type KeyValue,
  type LeaseId,
  type NestedTxn,
  type Operation,
  type OperationResult,
  type RangeResult,
  type TxnResult,
} from '@portolan/kv';
import type { PortolanError } from '@portolan/kernel';
import type { KvCompare, KvKeys, KvKeyValue, KvOperation, KvOutput, KvResult, KvTxn } from '@portolan/virtual-world';

/** What clients ask, as the store takes it, and what it answers, as the model has it. All keys are the user's. */
export const USER = { principal: ANONYMOUS, keyspace: 'user' } as const;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const leaseOf = (name: string): LeaseId => leaseId(BigInt(name));

export function rangeOf({ from, to }: KvKeys): KeyRange {
  return to === undefined ? oneKey(keyOf(from)) : keysBetween(keyOf(from), keyOf(to));
}

export function txnOf({ compares, success, failure }: KvTxn): NestedTxn {
  return {
    ...(compares !== undefined && { compares: compares.map(compareOf) }),
    ...(success !== undefined && { success: success.map(operationOf) }),
    ...(failure !== undefined && { failure: failure.map(operationOf) }),
  };
}

function compareOf(compare: KvCompare): Compare {
  const { key, relation } = compare;
  const place = { keyspace: USER.keyspace, keys: rangeOf({ from: key }), relation };
  switch (compare.target) {
    case 'version':
      return { ...place, target: { kind: 'version', value: compare.value } };
    case 'create':
    case 'mod':
      return { ...place, target: { kind: compare.target, value: revision(compare.value) } };
    case 'value':
      return { ...place, target: { kind: 'value', value: bytesOf(compare.value) } };
    case 'lease': {
      const value = compare.value === undefined ? undefined : leaseOf(compare.value);
      return { ...place, target: { kind: 'lease', value } };
    }
  }
}

function operationOf(operation: KvOperation): Operation {
  if (operation.kind !== 'put') return { kind: operation.kind, keyspace: USER.keyspace, keys: rangeOf(operation) };
  const { key, value, lease } = operation;
  return {
    kind: 'put',
    keyspace: USER.keyspace,
    key: keyOf(key),
    value: bytesOf(value),
    ...(lease !== undefined && { lease: leaseOf(lease) }),
  };
}

export function outputOfTxn(result: TxnResult): KvOutput {
  const { revision: at, succeeded, results } = result;
  return { kind: 'txn', revision: at, succeeded, results: results.map(resultOf) };
}

/** A read is a transaction that reads. */
export function outputOfRange({ revision: at, keyValues }: RangeResult): KvOutput {
  const result: KvResult = { kind: 'range', keyValues: keyValues.map(keyValueOf) };
  return { kind: 'txn', revision: at, succeeded: true, results: [result] };
}

function resultOf(result: OperationResult): KvResult {
  if (result.kind === 'delete') return { kind: 'delete', deleted: result.deleted };
  return result.kind === 'range' ? { kind: 'range', keyValues: result.keyValues.map(keyValueOf) } : { kind: 'put' };
}

export function keyValueOf({ key, value, createRevision, modRevision, version, lease }: KeyValue): KvKeyValue {
  return {
    key: keyToText(key),
    value: textOf(value),
    createRevision,
    modRevision,
    version,
    ...(lease !== undefined && { lease: String(lease) }),
  };
}

/** What a refusal says of the store; undefined when it says nothing, and nothing has happened. */
export function outputOfRefusal(error: PortolanError): KvOutput | 'unknown' | undefined {
  if (error instanceof LeaseNotFoundError) return { kind: 'no-lease' };
  if (error instanceof LeaseExistsError) return { kind: 'lease-exists' };
  return error instanceof OutcomeUnknownError ? 'unknown' : undefined;
}
