import { rangeIncludes } from '../key-range.ts';
import type { KeyValue } from '../key-value.ts';
import type { RangeAnswer, RangeQuery, SortTarget } from '../range-request.ts';

/** @param keys of the keyspace, in any order */
export function naiveRange(keys: readonly KeyValue[], query: RangeQuery): RangeAnswer {
  const inRange = keys.filter(({ key }) => rangeIncludes(query.keys, key)).sort((a, b) => order(a.key, b.key));
  if (query.select === 'count') return { keyValues: [], more: false, count: inRange.length };
  const { minModRevision = 0, maxModRevision = Infinity, minCreateRevision = 0, maxCreateRevision = Infinity } = query;
  const passing = inRange.filter(
    ({ modRevision, createRevision }) =>
      modRevision >= minModRevision &&
      modRevision <= maxModRevision &&
      createRevision >= minCreateRevision &&
      createRevision <= maxCreateRevision,
  );
  const { target, order: direction } = query.sort ?? { target: 'key', order: 'ascend' };
  const sign = direction === 'ascend' ? 1 : -1;
  passing.sort((a, b) => sign * order(sortable(a, target), sortable(b, target)));
  const found = passing.slice(0, query.limit ?? passing.length);
  return {
    keyValues: query.select === 'keys' ? found.map((one) => ({ ...one, value: new Uint8Array(0) })) : found,
    more: found.length < passing.length,
    count: inRange.length,
  };
}

function sortable(keyValue: KeyValue, target: SortTarget): string | number {
  switch (target) {
    case 'key':
      return keyValue.key;
    case 'version':
      return keyValue.version;
    case 'create':
      return keyValue.createRevision;
    case 'mod':
      return keyValue.modRevision;
    case 'value':
      return Buffer.from(keyValue.value).toString('hex');
  }
}

function order(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
