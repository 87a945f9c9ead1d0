import { Compare_CompareResult, Compare_CompareTarget, type Compare as EtcdCompare } from '@portolan/contracts/etcd/kv';
import { unreachable } from '@portolan/kernel';
import type { Compare, CompareTarget, Relation } from '@portolan/kv';
import type { EtcdRange, KeyMapping } from './key-mapping.ts';
import { asBuffer } from './key-value.ts';

const RELATIONS: Readonly<Record<Relation, Compare_CompareResult>> = {
  equal: Compare_CompareResult.EQUAL,
  'not-equal': Compare_CompareResult.NOT_EQUAL,
  less: Compare_CompareResult.LESS,
  greater: Compare_CompareResult.GREATER,
};

export function encodeCompare(mapping: KeyMapping, { keyspace, keys, relation, target }: Compare): EtcdCompare {
  return { ...mapping.range(keyspace, keys), result: RELATIONS[relation], ...encodeTarget(target) };
}

/** Every key of the range is absent. */
export function isAbsent({ key, rangeEnd }: EtcdRange): EtcdCompare {
  return { key, rangeEnd, result: Compare_CompareResult.EQUAL, ...encodeTarget({ kind: 'version', value: 0 }) };
}

/** Some key of the range is there: what is absent is not above 0, and one that is there always is. */
export function isPresent({ key, rangeEnd }: EtcdRange): EtcdCompare {
  return { key, rangeEnd, result: Compare_CompareResult.GREATER, ...encodeTarget({ kind: 'version', value: 0 }) };
}

/** It was not put, deleted or made since. @param modRevision 0: it is absent */
export function isUnchangedSince({ key, rangeEnd }: EtcdRange, modRevision: bigint): EtcdCompare {
  const targetUnion = { $case: 'modRevision', value: modRevision } as const;
  return { key, rangeEnd, result: Compare_CompareResult.EQUAL, target: Compare_CompareTarget.MOD, targetUnion };
}

function encodeTarget(target: CompareTarget): Pick<EtcdCompare, 'target' | 'targetUnion'> {
  switch (target.kind) {
    case 'version':
      return {
        target: Compare_CompareTarget.VERSION,
        targetUnion: { $case: 'version', value: BigInt(target.value) },
      };
    case 'create':
      return {
        target: Compare_CompareTarget.CREATE,
        targetUnion: { $case: 'createRevision', value: BigInt(target.value) },
      };
    case 'mod':
      return {
        target: Compare_CompareTarget.MOD,
        targetUnion: { $case: 'modRevision', value: BigInt(target.value) },
      };
    case 'lease':
      return { target: Compare_CompareTarget.LEASE, targetUnion: { $case: 'lease', value: target.value ?? 0n } };
    case 'value':
      return {
        target: Compare_CompareTarget.VALUE,
        targetUnion: { $case: 'value', value: asBuffer(target.value) },
      };
    default:
      return unreachable(target);
  }
}
