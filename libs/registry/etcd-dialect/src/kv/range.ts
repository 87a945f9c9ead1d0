import {
  RangeRequest_SortOrder,
  RangeRequest_SortTarget,
  type RangeRequest,
  type RangeResponse,
} from '@portolan/contracts/etcd/kv';
import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import { revision, type RangeAnswer, type RangeQuery, type Revision, type Sort, type SortTarget } from '@portolan/kv';
import { etcdKeyRange } from '../etcd-key-range.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';
import { clampedNumber, clampedRevision } from '../int64.ts';

const TARGETS: Readonly<Record<RangeRequest_SortTarget, SortTarget>> = {
  [RangeRequest_SortTarget.KEY]: 'key',
  [RangeRequest_SortTarget.VERSION]: 'version',
  [RangeRequest_SortTarget.CREATE]: 'create',
  [RangeRequest_SortTarget.MOD]: 'mod',
  [RangeRequest_SortTarget.VALUE]: 'value',
};

/** @param request as `checkRange` lets it in */
export function decodeRange(request: RangeRequest): RangeQuery {
  const sort = sortOf(request);
  return {
    keyspace: 'user',
    keys: etcdKeyRange(request.key, request.rangeEnd),
    ...(request.limit > 0n && { limit: clampedNumber(request.limit) }),
    ...(request.revision > 0n && { revision: clampedRevision(request.revision) }),
    ...(sort !== undefined && { sort }),
    ...(request.keysOnly && { select: 'keys' }),
    ...(request.countOnly && { select: 'count' }),
    ...filters(request),
  };
}

export function encodeRange(answer: RangeAnswer, header: ResponseHeader): RangeResponse {
  return { header, kvs: answer.keyValues.map(encodeKeyValue), more: answer.more, count: BigInt(answer.count) };
}

/** A target other than the key is ascending unless it says otherwise. */
function sortOf({ sortOrder, sortTarget }: RangeRequest): Sort | undefined {
  if (sortOrder === RangeRequest_SortOrder.DESCEND) return { target: TARGETS[sortTarget], order: 'descend' };
  if (sortTarget === RangeRequest_SortTarget.KEY) return undefined;
  return { target: TARGETS[sortTarget], order: 'ascend' };
}

type Filters = Pick<RangeQuery, 'minModRevision' | 'maxModRevision' | 'minCreateRevision' | 'maxCreateRevision'>;

/** No revision is below 1: a lower bound there is none, an upper one lets nothing through. */
const NOTHING: Filters = { minModRevision: revision(Number.MAX_SAFE_INTEGER), maxModRevision: revision(1) };

function filters(request: RangeRequest): Filters {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  if (maxModRevision < 0n || maxCreateRevision < 0n) return NOTHING;
  return {
    ...bound('minModRevision', minModRevision),
    ...bound('maxModRevision', maxModRevision),
    ...bound('minCreateRevision', minCreateRevision),
    ...bound('maxCreateRevision', maxCreateRevision),
  };
}

function bound(name: keyof Filters, value: bigint): Partial<Record<keyof Filters, Revision>> {
  return value > 0n ? { [name]: clampedRevision(value) } : {};
}
