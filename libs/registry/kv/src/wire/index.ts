export { RESPONSE_BYTES_MAX } from '../limits.ts';
export { decodeCompactRequest, encodeCompactRequest } from './compact.ts';
export {
  decodeGrantLeaseRequest,
  decodeLease,
  decodeLeaseList,
  decodeLeaseRequest,
  decodeTimeToLive,
  encodeGrantLeaseRequest,
  encodeLease,
  encodeLeaseList,
  encodeLeaseRequest,
  encodeTimeToLive,
} from './lease.ts';
export { decodeRangeRequest, decodeRangeResult, encodeRangeRequest, encodeRangeResult } from './range.ts';
export { readPuts, type Puts } from './read-puts.ts';
export { restoreKvError, type WireError } from './restore-error.ts';
export { decodeHeader, encodeHeader } from './scalars.ts';
export { decodeStatus, encodeStatus } from './status.ts';
export {
  decodeAlarmRequest,
  decodeHashRequest,
  decodeKeyspaceHash,
  encodeAlarmList,
  encodeHashRequest,
  encodeKeyspaceHash,
} from './store-admin.ts';
export { decodeTxnRequest, decodeTxnResult, encodeTxnRequest, encodeTxnResult } from './txn.ts';
export { decodeWatchEvents, decodeWatchRequest, encodeWatchBatch, encodeWatchRequest } from './watch.ts';
export { WireReader } from './wire-reader.ts';
