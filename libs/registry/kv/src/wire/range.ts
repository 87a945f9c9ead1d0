import * as proto from '@portolan/contracts/kv';
import { checkedInteger, type Principal } from '@portolan/kernel';
import { MalformedRequestError } from '../errors.ts';
import { keyValuesBytes } from '../machine/answer-bytes.ts';
import type { RangeAnswer, RangeQuery, RangeRequest, RangeResult, Sort, SortTarget } from '../range-request.ts';
import { checkResponseBytes } from './response-bytes.ts';
import {
  decodeHeader,
  decodeKeys,
  decodeKeyspace,
  decodeKeyValue,
  decodeRevision,
  encodeHeader,
  encodeKeys,
  encodeKeyspace,
  encodeKeyValue,
  encodeRevision,
} from './scalars.ts';

export function encodeRangeRequest(request: RangeRequest): proto.RangeRequest {
  return { ...encodeRangeQuery(request), serializable: request.serializable === true };
}

export function decodeRangeRequest(request: proto.RangeRequest, principal: Principal): RangeRequest {
  return { ...decodeRangeQuery(request), principal, ...(request.serializable && { serializable: true }) };
}

export function encodeRangeQuery(query: RangeQuery): proto.RangeRequest {
  return {
    keyspace: encodeKeyspace(query.keyspace),
    ...encodeKeys(query.keys),
    revision: encodeRevision(query.revision),
    limit: BigInt(query.limit ?? 0),
    serializable: false,
    keysOnly: query.select === 'keys',
    countOnly: query.select === 'count',
    sortTarget: query.sort === undefined ? proto.SortTarget.UNSPECIFIED : TARGET_TO_WIRE[query.sort.target],
    sortOrder: query.sort === undefined ? proto.SortOrder.UNSPECIFIED : ORDER_TO_WIRE[query.sort.order],
    minModRevision: encodeRevision(query.minModRevision),
    maxModRevision: encodeRevision(query.maxModRevision),
    minCreateRevision: encodeRevision(query.minCreateRevision),
    maxCreateRevision: encodeRevision(query.maxCreateRevision),
  };
}

export function decodeRangeQuery(request: proto.RangeRequest): RangeQuery {
  const at = decodeRevision(request.revision);
  const sort = decodeSort(request.sortTarget, request.sortOrder);
  const minMod = decodeRevision(request.minModRevision);
  const maxMod = decodeRevision(request.maxModRevision);
  const minCreate = decodeRevision(request.minCreateRevision);
  const maxCreate = decodeRevision(request.maxCreateRevision);
  return {
    keyspace: decodeKeyspace(request.keyspace),
    keys: decodeKeys(request),
    ...(at !== undefined && { revision: at }),
    ...(request.limit !== 0n && { limit: checkedInteger(request.limit, 'limit') }),
    ...(request.countOnly ? { select: 'count' } : request.keysOnly ? { select: 'keys' } : {}),
    ...(sort !== undefined && { sort }),
    ...(minMod !== undefined && { minModRevision: minMod }),
    ...(maxMod !== undefined && { maxModRevision: maxMod }),
    ...(minCreate !== undefined && { minCreateRevision: minCreate }),
    ...(maxCreate !== undefined && { maxCreateRevision: maxCreate }),
  };
}

/** @throws ResponseTooLargeError */
export function encodeRangeResult(result: RangeResult): proto.RangeResponse {
  checkResponseBytes(keyValuesBytes(result.keyValues));
  return { ...encodeRangeAnswer(result), header: encodeHeader(result) };
}

export function decodeRangeResult(response: proto.RangeResponse): RangeResult {
  return { ...decodeHeader(response.header), ...decodeRangeAnswer(response) };
}

export function encodeRangeAnswer(answer: RangeAnswer): proto.RangeResponse {
  return {
    header: undefined,
    keyValues: answer.keyValues.map(encodeKeyValue),
    more: answer.more,
    count: BigInt(answer.count),
  };
}

export function decodeRangeAnswer(response: proto.RangeResponse): RangeAnswer {
  return {
    keyValues: response.keyValues.map(decodeKeyValue),
    more: response.more,
    count: checkedInteger(response.count, 'count'),
  };
}

const TARGET_TO_WIRE = {
  key: proto.SortTarget.KEY,
  version: proto.SortTarget.VERSION,
  create: proto.SortTarget.CREATE,
  mod: proto.SortTarget.MOD,
  value: proto.SortTarget.VALUE,
} as const satisfies Record<SortTarget, proto.SortTarget>;

const ORDER_TO_WIRE = {
  ascend: proto.SortOrder.ASCEND,
  descend: proto.SortOrder.DESCEND,
} as const satisfies Record<Sort['order'], proto.SortOrder>;

function decodeSort(target: proto.SortTarget, order: proto.SortOrder): Sort | undefined {
  if (target === proto.SortTarget.UNSPECIFIED && order === proto.SortOrder.UNSPECIFIED) return undefined;
  return { target: decodeTarget(target), order: decodeOrder(order) };
}

function decodeTarget(target: proto.SortTarget): SortTarget {
  switch (target) {
    case proto.SortTarget.UNSPECIFIED:
    case proto.SortTarget.KEY:
      return 'key';
    case proto.SortTarget.VERSION:
      return 'version';
    case proto.SortTarget.CREATE:
      return 'create';
    case proto.SortTarget.MOD:
      return 'mod';
    case proto.SortTarget.VALUE:
      return 'value';
    default:
      throw new MalformedRequestError(`sort target ${String(target)} is not known`, 'use a SortTarget of kv.proto');
  }
}

function decodeOrder(order: proto.SortOrder): Sort['order'] {
  switch (order) {
    case proto.SortOrder.UNSPECIFIED:
    case proto.SortOrder.ASCEND:
      return 'ascend';
    case proto.SortOrder.DESCEND:
      return 'descend';
    default:
      throw new MalformedRequestError(`sort order ${String(order)} is not known`, 'use a SortOrder of kv.proto');
  }
}
