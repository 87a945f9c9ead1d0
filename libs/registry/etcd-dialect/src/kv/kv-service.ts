import type { CompactionRequest, KVService } from '@portolan/contracts/etcd/kv';
import { assert } from '@portolan/kernel';
import type { Operation, OperationResult, Revision, TxnResult } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { prompt, unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt } from '../etcd-header.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';
import { clampedRevision } from '../int64.ts';
import type { TimeLimit } from '../time-limit.ts';
import { checkDelete, checkPut, checkRange, checkSize, checkTxn } from './check-request.ts';
import { bytesOf, txnBytes } from './request-bytes.ts';
import { decodeRange, encodeRange } from './range.ts';
import { decodeTxn, encodeTxn } from './txn.ts';
import { decodeDelete, decodePut } from './write.ts';

/** Keys, transactions, compaction: of users' keys alone. @param limit of all but compaction */
export function kvService(scope: DialectScope, limit: TimeLimit): Implementation<typeof KVService> {
  const { store, principal } = scope;
  return {
    range: prompt(scope, limit, async (request) => {
      checkRange(request);
      const { serializable } = request;
      const result = await store.range({ ...decodeRange(request), principal, serializable });
      return encodeRange(result, await headerAt(store, result.revision));
    }),
    put: prompt(scope, limit, async (request) => {
      checkPut(request);
      checkSize(bytesOf(request.key, request.value));
      const { result, only } = await one(scope, decodePut(request));
      assert(only.kind === 'put', 'a put is answered with one');
      const prevKv = only.previous === undefined ? undefined : encodeKeyValue(only.previous);
      return { header: await headerAt(store, result.revision), prevKv };
    }),
    deleteRange: prompt(scope, limit, async (request) => {
      checkDelete(request);
      checkSize(bytesOf(request.key, request.rangeEnd));
      const { result, only } = await one(scope, decodeDelete(request));
      assert(only.kind === 'delete', 'a deletion is answered with one');
      const prevKvs = only.previous.map(encodeKeyValue);
      return { header: await headerAt(store, result.revision), deleted: BigInt(only.deleted), prevKvs };
    }),
    txn: prompt(scope, limit, async (request) => {
      checkTxn(request);
      checkSize(txnBytes(request));
      const result = await store.txn({ ...decodeTxn(request), principal });
      return encodeTxn(result, await headerAt(store, result.revision));
    }),
    compact: unary(scope, async (request, signal) => ({
      header: await headerAt(store, await compact(scope, request, signal)),
    })),
  };
}

async function one(
  { store, principal }: DialectScope,
  operation: Operation,
): Promise<{ readonly result: TxnResult; readonly only: OperationResult }> {
  const result = await store.txn({ principal, compares: [], success: [operation], failure: [] });
  const [only] = result.results;
  assert(only !== undefined, 'one operation has one result');
  return { result, only };
}

async function compact(
  { store, principal }: DialectScope,
  request: CompactionRequest,
  signal: AbortSignal,
): Promise<Revision> {
  if (request.revision <= 0n) throw new EtcdError('compacted');
  const at = clampedRevision(request.revision);
  return (await store.compact({ principal, keyspace: 'user', revision: at }, signal)).revision;
}
