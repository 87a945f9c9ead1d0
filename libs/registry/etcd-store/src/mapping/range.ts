import {
  RangeRequest_SortOrder,
  RangeRequest_SortTarget,
  type RangeRequest,
  type RangeResponse,
} from '@portolan/contracts/etcd/kv';
import { checkedInteger } from '@portolan/kernel';
import { answerRange, createTree, type RangeAnswer, type RangeQuery } from '@portolan/kv';
import type { EtcdRange, KeyMapping } from './key-mapping.ts';
import { decodeKeyValue } from './key-value.ts';

/**
 * @param revision instead of the query's, when that must not be read
 */
export function encodeRange(mapping: KeyMapping, query: RangeQuery, revision?: bigint): RangeRequest {
  const { keyspace, keys, select = 'key-values', limit, sort } = query;
  const isReverse = sort?.target === 'key' && sort.order === 'descend';
  return {
    ...plainRange(mapping.range(keyspace, keys)),
    limit: isSortedHere(query) ? 0n : BigInt(limit ?? 0),
    revision: revision ?? BigInt(query.revision ?? 0),
    sortOrder: isReverse ? RangeRequest_SortOrder.DESCEND : RangeRequest_SortOrder.NONE,
    keysOnly: select === 'keys' && sort?.target !== 'value',
    countOnly: select === 'count',
    minModRevision: BigInt(query.minModRevision ?? 0),
    maxModRevision: BigInt(query.maxModRevision ?? 0),
    minCreateRevision: BigInt(query.minCreateRevision ?? 0),
    maxCreateRevision: BigInt(query.maxCreateRevision ?? 0),
  };
}

/** All keys of a range, as they are now. */
export function plainRange({ key, rangeEnd }: EtcdRange): RangeRequest {
  return {
    key,
    rangeEnd,
    limit: 0n,
    revision: 0n,
    sortOrder: RangeRequest_SortOrder.NONE,
    sortTarget: RangeRequest_SortTarget.KEY,
    serializable: false,
    keysOnly: false,
    countOnly: false,
    minModRevision: 0n,
    maxModRevision: 0n,
    minCreateRevision: 0n,
    maxCreateRevision: 0n,
  };
}

export function decodeRange(mapping: KeyMapping, query: RangeQuery, response: RangeResponse): RangeAnswer {
  const keyValues = response.kvs.map((one) => decodeKeyValue(mapping, query.keyspace, one));
  const count = checkedInteger(response.count, 'count');
  if (!isSortedHere(query)) return { keyValues, more: response.more, count };
  const tree = createTree();
  for (const keyValue of keyValues) tree.set(keyValue.key, keyValue);
  return { ...answerRange(tree, query), count };
}

/** What etcd sorts by anything but the key, it leaves equal ones of in any order, and cuts them there. */
function isSortedHere({ sort, select }: RangeQuery): boolean {
  return sort !== undefined && sort.target !== 'key' && select !== 'count';
}
