import { TxnRequest, type RequestOp } from '@portolan/contracts/etcd/kv';
import { REQUEST_BYTES_MAX } from '@portolan/kv';

/** The numbers, lengths and tags of a request without operations, in bytes, about. */
const FIELDS_BYTES = 24;
/** A transaction this far below the limit is not measured: its keys and values alone are counted, and 128 operations are less around them. */
const MARGIN_BYTES = 64 * 1024;

/** How large the request is when it is encoded, without encoding it. */
export function bytesOf(...parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, FIELDS_BYTES);
}

/** The same of a transaction; it is encoded when it is near the limit. */
export function txnBytes(request: TxnRequest): number {
  const payload = payloadOf(request);
  return payload < REQUEST_BYTES_MAX - MARGIN_BYTES ? payload : TxnRequest.encode(request).finish().length;
}

function payloadOf({ compare, success, failure }: TxnRequest): number {
  let bytes = 0;
  for (const { key, rangeEnd, targetUnion } of compare) {
    bytes += key.length + rangeEnd.length + (targetUnion?.$case === 'value' ? targetUnion.value.length : 0);
  }
  for (const { request } of success) bytes += operationBytes(request);
  for (const { request } of failure) bytes += operationBytes(request);
  return bytes;
}

function operationBytes(request: RequestOp['request']): number {
  switch (request?.$case) {
    case 'requestPut':
      return request.value.key.length + request.value.value.length;
    case 'requestTxn':
      return payloadOf(request.value);
    case 'requestRange':
    case 'requestDeleteRange':
      return request.value.key.length + request.value.rangeEnd.length;
    case undefined:
      return 0;
  }
}
