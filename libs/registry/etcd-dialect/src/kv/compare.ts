import { Compare_CompareResult, Compare_CompareTarget, type Compare as EtcdCompare } from '@portolan/contracts/etcd/kv';
import { leaseId, type Compare, type CompareTarget, type Relation } from '@portolan/kv';
import { etcdKeyRange } from '../etcd-key-range.ts';
import { clampedNumber, clampedRevision } from '../int64.ts';

const RELATIONS: Readonly<Record<number, Relation | undefined>> = {
  [Compare_CompareResult.EQUAL]: 'equal',
  [Compare_CompareResult.GREATER]: 'greater',
  [Compare_CompareResult.LESS]: 'less',
  [Compare_CompareResult.NOT_EQUAL]: 'not-equal',
};

const TARGETS = new Set<number>(Object.values(Compare_CompareTarget));
/** A version that no key reaches. */
const NEVER = Number.MAX_SAFE_INTEGER;
const HOLDS = { relation: 'not-equal', target: { kind: 'version', value: NEVER } } as const;
const FAILS = { relation: 'less', target: { kind: 'version', value: 0 } } as const;
/** Also of a range: a range without keys is one absent key. */
const IS_THERE = { relation: 'greater', target: { kind: 'version', value: 0 } } as const;

/**
 * A union that does not fit the target counts as absent: 0, or an empty value. As in etcd (`compareKV` in `server/etcdserver/apply.go`), a
 * relation that it does not know holds, unless a value is compared that is not there, and of a target that it does not know all are equal.
 */
export function decodeCompare(compare: EtcdCompare): Compare {
  const { key, rangeEnd, result } = compare;
  const common = { keyspace: 'user', keys: etcdKeyRange(key, rangeEnd) } as const;
  const relation = RELATIONS[result];
  if (relation === undefined)
    return { ...common, ...(compare.target === Compare_CompareTarget.VALUE ? IS_THERE : HOLDS) };
  if (!TARGETS.has(compare.target)) return { ...common, ...(relation === 'equal' ? HOLDS : FAILS) };
  const number = numberOf(compare);
  // Numbers of a key are never negative, so what a comparison with one comes to is known.
  if (number < 0n && compare.target !== Compare_CompareTarget.LEASE) {
    return { ...common, ...(relation === 'greater' || relation === 'not-equal' ? HOLDS : FAILS) };
  }
  return { ...common, relation, target: targetOf(compare, number) };
}

function targetOf({ target, targetUnion }: EtcdCompare, number: bigint): CompareTarget {
  switch (target) {
    case Compare_CompareTarget.VERSION:
      return { kind: 'version', value: clampedNumber(number) };
    case Compare_CompareTarget.CREATE:
      return { kind: 'create', value: clampedRevision(number) };
    case Compare_CompareTarget.MOD:
      return { kind: 'mod', value: clampedRevision(number) };
    case Compare_CompareTarget.LEASE:
      return { kind: 'lease', value: number === 0n ? undefined : leaseId(number) };
    case Compare_CompareTarget.VALUE:
      return { kind: 'value', value: targetUnion?.$case === 'value' ? targetUnion.value : new Uint8Array(0) };
  }
}

function numberOf({ target, targetUnion }: EtcdCompare): bigint {
  if (targetUnion === undefined || targetUnion.$case === 'value') return 0n;
  return CASES[target] === targetUnion.$case ? targetUnion.value : 0n;
}

const CASES: Readonly<Record<Compare_CompareTarget, string>> = {
  [Compare_CompareTarget.VERSION]: 'version',
  [Compare_CompareTarget.CREATE]: 'createRevision',
  [Compare_CompareTarget.MOD]: 'modRevision',
  [Compare_CompareTarget.VALUE]: 'value',
  [Compare_CompareTarget.LEASE]: 'lease',
};
