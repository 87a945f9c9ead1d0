import type { Keyspace, LeaseId, Revision } from '../ids.ts';
import type { Key } from '../key.ts';
import { rangeIncludes } from '../key-range.ts';
import type { KeyValue } from '../key-value.ts';
import type { RangeAnswer, RangeQuery } from '../range-request.ts';
import type { Compare, NestedTxn, Operation, OperationResult, PutOperation, TxnAnswer } from '../txn-request.ts';
import type { WatchEvent } from '../watch-request.ts';
import { naiveRange } from './naive-range.ts';
import { Refused, type NaiveKey } from './naive-store.ts';

/** What keeps writes out, whatever they write. Each throws Refused. */
export interface WriteGuard {
  readonly write: (kind: 'put' | 'delete', keyspace: Keyspace) => void;
  /** A put is to make the keyspace, which has `bytes`, larger by `growth`. */
  readonly grow: (keyspace: Keyspace, bytes: number, growth: number) => void;
}

/** What a transaction changes, and asks for. */
export interface NaiveTxnScope {
  keys: NaiveKey[];
  readonly events: { readonly keyspace: Keyspace; readonly event: WatchEvent }[];
  readonly next: Revision;
  readonly hasLease: (id: LeaseId) => boolean;
  /** A read at a revision of before. */
  readonly past: (query: RangeQuery) => RangeAnswer;
  /** What compares look at. */
  readonly before: readonly NaiveKey[];
  readonly guard: WriteGuard | undefined;
}

export function naiveTxn(scope: NaiveTxnScope, txn: NestedTxn): TxnAnswer {
  const succeeded = (txn.compares ?? []).every((compare) => compares(scope, compare));
  const operations = (succeeded ? txn.success : txn.failure) ?? [];
  return { succeeded, results: operations.map((operation) => run(scope, operation)) };
}

/** Refuses a transaction as a store does that looks before it does anything: first at all puts, then at all reads. */
export function refuseBefore(scope: NaiveTxnScope, txn: NestedTxn): void {
  const path = [...pathTaken(scope, txn)];
  // On a copy, which is thrown away.
  for (const one of path) if (one.kind === 'put') put({ ...scope, keys: [...scope.keys], events: [] }, one);
  for (const one of path) if (one.kind === 'range' && one.revision !== undefined) scope.past(one);
}

function* pathTaken(scope: NaiveTxnScope, txn: NestedTxn): Generator<Operation, void, undefined> {
  const holds = (txn.compares ?? []).every((compare) => compares(scope, compare));
  for (const operation of (holds ? txn.success : txn.failure) ?? []) {
    if (operation.kind === 'txn') yield* pathTaken(scope, operation);
    else yield operation;
  }
}

/** Whether some path through a transaction puts a key twice, or puts and deletes it: every path is walked. */
export function writesTwice(txn: NestedTxn): boolean {
  return [...pathsOf(txn.success ?? []), ...pathsOf(txn.failure ?? [])].some((path) =>
    path.some((put, index) => put.kind === 'put' && path.some((other, at) => at !== index && touches(other, put))),
  );
}

function touches(other: Operation, { keyspace, key }: PutOperation): boolean {
  if (other.kind === 'put') return other.keyspace === keyspace && other.key === key;
  return other.kind === 'delete' && other.keyspace === keyspace && rangeIncludes(other.keys, key);
}

function pathsOf(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  let paths: readonly (readonly Operation[])[] = [[]];
  for (const operation of operations) {
    const ways =
      operation.kind === 'txn'
        ? [...pathsOf(operation.success ?? []), ...pathsOf(operation.failure ?? [])]
        : [[operation]];
    paths = paths.flatMap((path) => ways.map((way) => [...path, ...way]));
  }
  return paths;
}

function run(scope: NaiveTxnScope, operation: Operation): OperationResult {
  switch (operation.kind) {
    case 'range':
      if (operation.revision !== undefined) return { kind: 'range', ...scope.past(operation) };
      return { kind: 'range', ...naiveRange(keysIn(scope, operation.keyspace), operation) };
    case 'put':
      return put(scope, operation);
    case 'delete': {
      const { keyspace, keys } = operation;
      scope.guard?.write('delete', keyspace);
      const found = keysIn(scope, keyspace).filter(({ key }) => rangeIncludes(keys, key));
      for (const previous of found) {
        remove(scope, keyspace, previous.key);
        const event = { kind: 'delete', key: previous.key, modRevision: scope.next, previous } as const;
        scope.events.push({ keyspace, event });
      }
      return { kind: 'delete', deleted: found.length, previous: operation.previous === true ? found : [] };
    }
    case 'txn':
      return { kind: 'txn', ...naiveTxn(scope, operation) };
  }
}

function put(scope: NaiveTxnScope, { keyspace, key, value, lease, previous }: PutOperation): OperationResult {
  scope.guard?.write('put', keyspace);
  const all = keysIn(scope, keyspace);
  const before = all.find((one) => one.key === key);
  if (before === undefined && (value === 'keep' || lease === 'keep')) throw new Refused('KV_KEY_NOT_FOUND');
  const newLease = lease === 'keep' ? before?.lease : lease;
  if (newLease !== undefined && !scope.hasLease(newLease)) throw new Refused('KV_LEASE_NOT_FOUND');
  const keyValue: KeyValue = {
    key,
    value: value === 'keep' ? (before?.value ?? new Uint8Array(0)) : value,
    createRevision: before?.createRevision ?? scope.next,
    modRevision: scope.next,
    version: (before?.version ?? 0) + 1,
    lease: newLease,
  };
  scope.guard?.grow(keyspace, bytesOf(all), bytesOf([keyValue]) - bytesOf(before === undefined ? [] : [before]));
  remove(scope, keyspace, key);
  scope.keys.push({ keyspace, keyValue });
  scope.events.push({ keyspace, event: { kind: 'put', keyValue, previous: before } });
  return { kind: 'put', previous: previous === true ? before : undefined };
}

function bytesOf(keyValues: readonly KeyValue[]): number {
  return keyValues.reduce((bytes, { key, value }) => bytes + key.length + value.length, 0);
}

function keysIn(scope: Pick<NaiveTxnScope, 'keys'>, keyspace: Keyspace): readonly KeyValue[] {
  return scope.keys
    .filter((one) => one.keyspace === keyspace)
    .map(({ keyValue }) => keyValue)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function remove(scope: NaiveTxnScope, keyspace: Keyspace, key: Key): void {
  scope.keys = scope.keys.filter((one) => one.keyspace !== keyspace || one.keyValue.key !== key);
}

function compares(scope: NaiveTxnScope, { keyspace, keys, target, relation }: Compare): boolean {
  const looked = { keys: [...scope.before] };
  const found = keysIn(looked, keyspace).filter(({ key }) => rangeIncludes(keys, key));
  const each: readonly (KeyValue | undefined)[] = found.length === 0 ? [undefined] : found;
  return each.every((keyValue) => {
    if (target.kind === 'value' && keyValue === undefined) return false;
    const [is, wanted] = sides(keyValue, target);
    if (relation === 'equal') return is === wanted;
    if (relation === 'not-equal') return is !== wanted;
    return relation === 'less' ? is < wanted : is > wanted;
  });
}

function sides(
  keyValue: KeyValue | undefined,
  target: Compare['target'],
): readonly [string | number | bigint, string | number | bigint] {
  switch (target.kind) {
    case 'version':
      return [keyValue?.version ?? 0, target.value];
    case 'create':
      return [keyValue?.createRevision ?? 0, target.value];
    case 'mod':
      return [keyValue?.modRevision ?? 0, target.value];
    case 'lease':
      return [keyValue?.lease ?? 0n, target.value ?? 0n];
    case 'value':
      return [hex(keyValue?.value ?? new Uint8Array(0)), hex(target.value)];
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
