import {
  Compare_CompareResult,
  Compare_CompareTarget,
  RangeRequest_SortOrder,
  RangeRequest_SortTarget,
} from '@portolan/contracts/etcd/kv';
import { Event_EventType } from '@portolan/contracts/etcd/mvcc';
import { WatchCreateRequest_FilterType } from '@portolan/contracts/etcd/watch';
import {
  bool,
  bytes,
  int64,
  many,
  message,
  oneof,
  oneOfThese,
  string,
  uint64,
  type MessageTable,
} from './json-message.ts';

/** The messages about keys, watches and leases. A spec compares them with the contracts. */
export const ResponseHeader: MessageTable = {
  cluster_id: uint64,
  member_id: uint64,
  revision: int64,
  raft_term: uint64,
};
export const header = message(() => ResponseHeader);

export const KeyValue: MessageTable = {
  key: bytes,
  create_revision: int64,
  mod_revision: int64,
  version: int64,
  value: bytes,
  lease: int64,
};
const keyValue = message(() => KeyValue);
const Event: MessageTable = { type: oneOfThese(Event_EventType), kv: keyValue, prev_kv: keyValue };

export const RangeRequest: MessageTable = {
  key: bytes,
  range_end: bytes,
  limit: int64,
  revision: int64,
  sort_order: oneOfThese(RangeRequest_SortOrder),
  sort_target: oneOfThese(RangeRequest_SortTarget),
  serializable: bool,
  keys_only: bool,
  count_only: bool,
  min_mod_revision: int64,
  max_mod_revision: int64,
  min_create_revision: int64,
  max_create_revision: int64,
};
export const RangeResponse: MessageTable = { header, kvs: many(keyValue), more: bool, count: int64 };
export const PutRequest: MessageTable = {
  key: bytes,
  value: bytes,
  lease: int64,
  prev_kv: bool,
  ignore_value: bool,
  ignore_lease: bool,
};
export const PutResponse: MessageTable = { header, prev_kv: keyValue };
export const DeleteRangeRequest: MessageTable = { key: bytes, range_end: bytes, prev_kv: bool };
export const DeleteRangeResponse: MessageTable = { header, deleted: int64, prev_kvs: many(keyValue) };

const Compare: MessageTable = {
  result: oneOfThese(Compare_CompareResult),
  target: oneOfThese(Compare_CompareTarget),
  key: bytes,
  target_union: oneof({ version: int64, create_revision: int64, mod_revision: int64, value: bytes, lease: int64 }),
  range_end: bytes,
};
const RequestOp: MessageTable = {
  request: oneof({
    request_range: message(() => RangeRequest),
    request_put: message(() => PutRequest),
    request_delete_range: message(() => DeleteRangeRequest),
    request_txn: message(() => TxnRequest),
  }),
};
const ResponseOp: MessageTable = {
  response: oneof({
    response_range: message(() => RangeResponse),
    response_put: message(() => PutResponse),
    response_delete_range: message(() => DeleteRangeResponse),
    response_txn: message(() => TxnResponse),
  }),
};
const operations = many(message(() => RequestOp));
export const TxnRequest: MessageTable = {
  compare: many(message(() => Compare)),
  success: operations,
  failure: operations,
};
export const TxnResponse: MessageTable = { header, succeeded: bool, responses: many(message(() => ResponseOp)) };
export const CompactionRequest: MessageTable = { revision: int64, physical: bool };

const WatchCreateRequest: MessageTable = {
  key: bytes,
  range_end: bytes,
  start_revision: int64,
  progress_notify: bool,
  filters: many(oneOfThese(WatchCreateRequest_FilterType)),
  prev_kv: bool,
  watch_id: int64,
  fragment: bool,
};
export const WatchRequest: MessageTable = {
  request_union: oneof({
    create_request: message(() => WatchCreateRequest),
    cancel_request: message(() => ({ watch_id: int64 })),
    progress_request: message(() => ({})),
  }),
};
export const WatchResponse: MessageTable = {
  header,
  watch_id: int64,
  created: bool,
  canceled: bool,
  compact_revision: int64,
  cancel_reason: string,
  fragment: bool,
  events: many(message(() => Event)),
};

/** Of several messages. */
export const HeaderOnly: MessageTable = { header };
export const Nothing: MessageTable = {};
export const LeaseById: MessageTable = { ID: int64 };

export const LeaseGrantRequest: MessageTable = { TTL: int64, ID: int64 };
export const LeaseGrantResponse: MessageTable = { header, ID: int64, TTL: int64, error: string };
export const LeaseKeepAliveResponse: MessageTable = { header, ID: int64, TTL: int64 };
export const LeaseTimeToLiveRequest: MessageTable = { ID: int64, keys: bool };
export const LeaseTimeToLiveResponse: MessageTable = {
  header,
  ID: int64,
  TTL: int64,
  grantedTTL: int64,
  keys: many(bytes),
};
export const LeaseLeasesResponse: MessageTable = { header, leases: many(message(() => LeaseById)) };
