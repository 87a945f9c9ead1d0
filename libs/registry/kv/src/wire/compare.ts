import * as proto from '@portolan/contracts/kv';
import { checkedInteger } from '@portolan/kernel';
import { MalformedRequestError } from '../errors.ts';
import { revision } from '../ids.ts';
import type { Compare, CompareTarget, Relation } from '../txn-request.ts';
import {
  asBuffer,
  decodeKeys,
  decodeKeyspace,
  decodeLeaseId,
  encodeKeys,
  encodeKeyspace,
  encodeLeaseId,
} from './scalars.ts';

export function encodeCompare(compare: Compare): proto.Compare {
  return {
    keyspace: encodeKeyspace(compare.keyspace),
    ...encodeKeys(compare.keys),
    relation: RELATION_TO_WIRE[compare.relation],
    target: encodeTarget(compare.target),
  };
}

export function decodeCompare(compare: proto.Compare): Compare {
  return {
    keyspace: decodeKeyspace(compare.keyspace),
    keys: decodeKeys(compare),
    relation: decodeRelation(compare.relation),
    target: decodeTarget(compare.target),
  };
}

const RELATION_TO_WIRE = {
  equal: proto.Compare_Relation.EQUAL,
  'not-equal': proto.Compare_Relation.NOT_EQUAL,
  less: proto.Compare_Relation.LESS,
  greater: proto.Compare_Relation.GREATER,
} as const satisfies Record<Relation, proto.Compare_Relation>;

function decodeRelation(relation: proto.Compare_Relation): Relation {
  switch (relation) {
    case proto.Compare_Relation.EQUAL:
      return 'equal';
    case proto.Compare_Relation.NOT_EQUAL:
      return 'not-equal';
    case proto.Compare_Relation.LESS:
      return 'less';
    case proto.Compare_Relation.GREATER:
      return 'greater';
    default:
      throw new MalformedRequestError(
        `relation ${String(relation)} of a compare is not known`,
        'set a Relation of kv.proto: RELATION_EQUAL, say',
      );
  }
}

function encodeTarget(target: CompareTarget): proto.Compare['target'] {
  switch (target.kind) {
    case 'version':
      return { $case: 'version', value: BigInt(target.value) };
    case 'create':
      return { $case: 'createRevision', value: BigInt(target.value) };
    case 'mod':
      return { $case: 'modRevision', value: BigInt(target.value) };
    case 'lease':
      return { $case: 'lease', value: encodeLeaseId(target.value) };
    case 'value':
      return { $case: 'value', value: asBuffer(target.value) };
  }
}

function decodeTarget(target: proto.Compare['target']): CompareTarget {
  switch (target?.$case) {
    case 'version':
      return { kind: 'version', value: checkedInteger(target.value, 'version') };
    case 'createRevision':
      return { kind: 'create', value: revision(target.value) };
    case 'modRevision':
      return { kind: 'mod', value: revision(target.value) };
    case 'lease':
      return { kind: 'lease', value: decodeLeaseId(target.value) };
    case 'value':
      return { kind: 'value', value: target.value };
    case undefined:
      throw new MalformedRequestError(
        'a compare has no target',
        'set version, create_revision, mod_revision, lease or value',
      );
  }
}
