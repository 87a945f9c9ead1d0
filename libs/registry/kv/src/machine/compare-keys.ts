import { unreachable } from '@portolan/kernel';
import type { KeyValue } from '../key-value.ts';
import type { Compare, Relation } from '../txn-request.ts';
import { compareBytes } from './answer-range.ts';
import { scan, type Tree } from './tree.ts';

/** Whether a compare holds for each key of its range, or for the absent key when there is none. */
export function holds(tree: Tree, compare: Compare): boolean {
  let visited = 0;
  let all = true;
  scan(tree, compare.keys, (keyValue) => {
    visited += 1;
    all = holdsFor(keyValue, compare);
    return all;
  });
  return visited > 0 ? all : holdsFor(undefined, compare);
}

function holdsFor(keyValue: KeyValue | undefined, { target, relation }: Compare): boolean {
  switch (target.kind) {
    case 'version':
      return related((keyValue?.version ?? 0) - target.value, relation);
    case 'create':
      return related((keyValue?.createRevision ?? 0) - target.value, relation);
    case 'mod':
      return related((keyValue?.modRevision ?? 0) - target.value, relation);
    case 'lease':
      return related(sign((keyValue?.lease ?? 0n) - (target.value ?? 0n)), relation);
    case 'value':
      return keyValue !== undefined && related(compareBytes(keyValue.value, target.value), relation);
    default:
      return unreachable(target);
  }
}

function sign(difference: bigint): number {
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function related(difference: number, relation: Relation): boolean {
  switch (relation) {
    case 'equal':
      return difference === 0;
    case 'not-equal':
      return difference !== 0;
    case 'less':
      return difference < 0;
    case 'greater':
      return difference > 0;
    default:
      return unreachable(relation);
  }
}
