import { unreachable } from '@portolan/kernel';
import type { KeyValue } from '../key-value.ts';
import type { RangeAnswer, RangeQuery, Sort } from '../range-request.ts';
import { countKeys, scan, type Tree } from './tree.ts';

const NO_VALUE = new Uint8Array(0);

/** The answer of one tree: filters, then sort, then limit. */
export function answerRange(tree: Tree, query: RangeQuery): RangeAnswer {
  const count = countKeys(tree, query.keys);
  if (query.select === 'count') return { keyValues: [], more: false, count };
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const sorted = query.sort !== undefined && !(query.sort.target === 'key' && query.sort.order === 'ascend');
  const found: KeyValue[] = [];
  scan(tree, query.keys, (keyValue) => {
    if (passes(keyValue, query)) found.push(keyValue);
    return sorted || found.length <= limit;
  });
  if (sorted) found.sort(comparator(query.sort));
  const more = found.length > limit;
  if (more) found.length = limit;
  return { keyValues: query.select === 'keys' ? found.map(withoutValue) : found, more, count };
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function passes(keyValue: KeyValue, query: RangeQuery): boolean {
  if (query.minModRevision !== undefined && keyValue.modRevision < query.minModRevision) return false;
  if (query.maxModRevision !== undefined && keyValue.modRevision > query.maxModRevision) return false;
  if (query.minCreateRevision !== undefined && keyValue.createRevision < query.minCreateRevision) return false;
  return query.maxCreateRevision === undefined || keyValue.createRevision <= query.maxCreateRevision;
}

function withoutValue(keyValue: KeyValue): KeyValue {
  return { ...keyValue, value: NO_VALUE };
}

/** `sort` is stable, so equal ones stay in the order of their keys. */
function comparator(sort: Sort): (a: KeyValue, b: KeyValue) => number {
  const ascending = ascendingBy(sort.target);
  return sort.order === 'ascend' ? ascending : (a, b) => ascending(b, a);
}

function ascendingBy(target: Sort['target']): (a: KeyValue, b: KeyValue) => number {
  switch (target) {
    case 'key':
      return (a, b) => (a.key > b.key ? 1 : a.key < b.key ? -1 : 0);
    case 'version':
      return (a, b) => a.version - b.version;
    case 'create':
      return (a, b) => a.createRevision - b.createRevision;
    case 'mod':
      return (a, b) => a.modRevision - b.modRevision;
    case 'value':
      return (a, b) => compareBytes(a.value, b.value);
    default:
      return unreachable(target);
  }
}
