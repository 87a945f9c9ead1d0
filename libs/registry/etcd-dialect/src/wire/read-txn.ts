import {
  TXN_OPERATIONS_MAX,
  revision,
  type Compare,
  type CompareTarget,
  type NestedTxn,
  type Operation,
  type Relation,
} from '@portolan/kv';
import { keyRangeOf, leaseOf, NO_KEY, readDelete, readPut, readRange } from './read-requests.ts';
import type { WireReader } from '@portolan/kv/wire';

/** Fields, as `number << 3 | type` of etcd's contract. */
const TXN = { compare: 0x0a, success: 0x12, failure: 0x1a } as const;
const OPERATION = { range: 0x0a, put: 0x12, delete: 0x1a } as const;
const COMPARE = {
  ...{ result: 0x08, target: 0x10, key: 0x1a, rangeEnd: 0x202 },
  ...{ version: 0x20, create: 0x28, mod: 0x30, value: 0x3a, lease: 0x40 },
} as const;
/** In the order of etcd's numbers. */
const RELATIONS: readonly Relation[] = ['equal', 'greater', 'less', 'not-equal'];
const TARGETS: readonly CompareTarget['kind'][] = ['version', 'create', 'mod', 'value', 'lease'];

/** A transaction of reads, puts and deletions; one with transactions in it is odd here. @returns as `readPut` */
export function readTxn(reader: WireReader): NestedTxn | undefined {
  const compares: Compare[] = [];
  const success: Operation[] = [];
  const failure: Operation[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    const outer = reader.enter();
    switch (tag) {
      case TXN.compare:
        pushUnlessOdd(reader, compares, readCompare(reader));
        break;
      case TXN.success:
        pushUnlessOdd(reader, success, readOperation(reader));
        break;
      case TXN.failure:
        pushUnlessOdd(reader, failure, readOperation(reader));
        break;
      default:
        reader.odd();
    }
    reader.leave(outer);
  }
  const widest = Math.max(compares.length, success.length, failure.length);
  return reader.isOdd || widest > TXN_OPERATIONS_MAX ? undefined : { compares, success, failure };
}

function pushUnlessOdd<Item>(reader: WireReader, items: Item[], item: Item | undefined): void {
  if (item === undefined) reader.odd();
  else items.push(item);
}

/** Of several in one the last counts. */
function readOperation(reader: WireReader): Operation | undefined {
  let operation: Operation | undefined;
  while (reader.hasMore) {
    const tag = reader.tag();
    const outer = reader.enter();
    switch (tag) {
      case OPERATION.range: {
        const range = readRange(reader);
        operation = range && { kind: 'range', ...range.query };
        break;
      }
      case OPERATION.put:
        operation = readPut(reader);
        break;
      case OPERATION.delete:
        operation = readDelete(reader);
        break;
      default:
        reader.odd();
    }
    reader.leave(outer);
    if (operation === undefined) reader.odd();
  }
  return operation;
}

/** What it is compared with must be there, and of the kind that the target says: else it is odd. */
function readCompare(reader: WireReader): Compare | undefined {
  let key = NO_KEY;
  let end = NO_KEY;
  let result = 0;
  let target = 0;
  let value: CompareTarget | undefined;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case COMPARE.result:
        result = reader.number();
        break;
      case COMPARE.target:
        target = reader.number();
        break;
      case COMPARE.key:
        key = reader.key();
        break;
      case COMPARE.rangeEnd:
        end = reader.key();
        break;
      case COMPARE.version:
        value = { kind: 'version', value: reader.number() };
        break;
      case COMPARE.create:
        value = { kind: 'create', value: revision(reader.number()) };
        break;
      case COMPARE.mod:
        value = { kind: 'mod', value: revision(reader.number()) };
        break;
      case COMPARE.value:
        value = { kind: 'value', value: reader.copy() };
        break;
      case COMPARE.lease:
        value = { kind: 'lease', value: leaseOf(reader.bigint()) };
        break;
      default:
        reader.odd();
    }
  }
  const relation = RELATIONS[result];
  if (reader.isOdd || key === NO_KEY || relation === undefined) return undefined;
  if (value === undefined || value.kind !== TARGETS[target]) return undefined;
  return { keyspace: 'user', keys: keyRangeOf(key, end), relation, target: value };
}
