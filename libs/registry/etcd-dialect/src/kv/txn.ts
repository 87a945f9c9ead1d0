import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import type { RequestOp, ResponseOp, TxnRequest, TxnResponse } from '@portolan/contracts/etcd/kv';
import {
  revision,
  type NestedTxn,
  type Operation,
  type OperationResult,
  type Revision,
  type TxnResult,
} from '@portolan/kv';
import { EtcdError } from '../etcd-error.ts';
import { bareHeader } from '../etcd-header.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';
import { decodeCompare } from './compare.ts';
import { decodeRange, encodeRange } from './range.ts';
import { decodeDelete, decodePut } from './write.ts';

/** @param request as `checkTxn` lets it in */
export function decodeTxn({ compare, success, failure }: TxnRequest): NestedTxn {
  return {
    compares: compare.map(decodeCompare),
    success: success.map(decodeOperation),
    failure: failure.map(decodeOperation),
  };
}

function decodeOperation({ request }: RequestOp): Operation {
  switch (request?.$case) {
    case 'requestRange':
      return { kind: 'range', ...decodeRange(request.value), ...beforeAll(request.value.revision) };
    case 'requestPut':
      return decodePut(request.value);
    case 'requestDeleteRange':
      return decodeDelete(request.value);
    case 'requestTxn':
      return { kind: 'txn', ...decodeTxn(request.value) };
    case undefined:
      throw new EtcdError('keyNotFound');
  }
}

/** Alone a negative revision means the newest; within a transaction it is one that is long compacted. */
function beforeAll(asked: bigint): { readonly revision?: Revision } {
  return asked < 0n ? { revision: revision(1) } : {};
}

/** The header of each operation has the revision as it is seen there: the one before the transaction until something has changed. */
export function encodeTxn(result: TxnResult, header: ResponseHeader): TxnResponse {
  const after = result.revision;
  const seen = { revision: result.results.some(changesSomething) ? after - 1 : after, after };
  return {
    header,
    succeeded: result.succeeded,
    responses: result.results.map((one) => encodeResult(one, seen)),
  };
}

interface Seen {
  revision: number;
  readonly after: number;
}

function encodeResult(result: OperationResult, seen: Seen): ResponseOp {
  if (result.kind !== 'txn' && changesSomething(result)) seen.revision = seen.after;
  switch (result.kind) {
    case 'range':
      return { response: { $case: 'responseRange', value: encodeRange(result, bareHeader(seen.revision)) } };
    case 'put': {
      const prevKv = result.previous === undefined ? undefined : encodeKeyValue(result.previous);
      return { response: { $case: 'responsePut', value: { header: bareHeader(seen.revision), prevKv } } };
    }
    case 'delete': {
      const prevKvs = result.previous.map(encodeKeyValue);
      const value = { header: bareHeader(seen.revision), deleted: BigInt(result.deleted), prevKvs };
      return { response: { $case: 'responseDeleteRange', value } };
    }
    case 'txn': {
      const responses = result.results.map((one) => encodeResult(one, seen));
      const value = { header: bareHeader(0), succeeded: result.succeeded, responses };
      return { response: { $case: 'responseTxn', value } };
    }
  }
}

function changesSomething(result: OperationResult): boolean {
  switch (result.kind) {
    case 'range':
      return false;
    case 'put':
      return true;
    case 'delete':
      return result.deleted > 0;
    case 'txn':
      return result.results.some(changesSomething);
  }
}
