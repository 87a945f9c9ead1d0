import { ANONYMOUS } from '@portolan/kernel';
import type { Keyspace, LeaseId, Revision } from '../ids.ts';
import { keyOf, keyToText } from '../key.ts';
import { keysBetween, keysFrom, keysWithPrefix, oneKey, type KeyRange } from '../key-range.ts';
import type { KvStore } from '../kv-store.ts';
import type { RangeQuery, RangeResult } from '../range-request.ts';
import type { DeleteOperation, Operation, PutOperation, TxnRequest, TxnResult } from '../txn-request.ts';
import type { WatchEvent } from '../watch-request.ts';

export const principal = ANONYMOUS;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** `a` one key, `a*` a prefix, `a-c` from a below c, `a-` from a on. Good enough for keys of letters. */
export function keys(text: string): KeyRange {
  if (text.endsWith('*')) return keysWithPrefix(keyOf(text.slice(0, -1)));
  const [low = '', high] = text.split('-');
  if (high === undefined) return oneKey(keyOf(low));
  return high === '' ? keysFrom(keyOf(low)) : keysBetween(keyOf(low), keyOf(high));
}

type PutExtras = Partial<Omit<PutOperation, 'kind' | 'key' | 'value'>>;

export function put(key: string, value: string, extras: PutExtras = {}): PutOperation {
  return { kind: 'put', keyspace: 'user', key: keyOf(key), value: bytesOf(value), ...extras };
}

export function del(range: string, extras: Partial<DeleteOperation> = {}): DeleteOperation {
  return { kind: 'delete', keyspace: 'user', keys: keys(range), ...extras };
}

export function get(range: string, extras: Partial<RangeQuery> = {}): Operation {
  return { kind: 'range', keyspace: 'user', keys: keys(range), ...extras };
}

export function write(store: KvStore, ...success: readonly Operation[]): Promise<TxnResult> {
  return store.txn({ principal, success });
}

/** @returns the revision it made */
export async function putOne(store: KvStore, key: string, value: string, lease?: LeaseId): Promise<Revision> {
  return (await write(store, put(key, value, lease === undefined ? {} : { lease }))).revision;
}

export function read(store: KvStore, range: string, extras: Partial<RangeQuery> = {}): Promise<RangeResult> {
  return store.range({ principal, keyspace: 'user', keys: keys(range), ...extras });
}

/** `['a=1', 'b=2']` */
export async function list(
  store: KvStore,
  range: string,
  extras: Partial<RangeQuery> = {},
): Promise<readonly string[]> {
  const { keyValues } = await read(store, range, extras);
  return keyValues.map((one) => `${keyToText(one.key)}=${textOf(one.value)}`);
}

export async function revisionOf(store: KvStore): Promise<Revision> {
  return (await store.status()).revision;
}

export function txn(store: KvStore, request: Omit<TxnRequest, 'principal'>): Promise<TxnResult> {
  return store.txn({ principal, ...request });
}

/** `3 put a=1`, `4 delete a` */
export function eventText(event: WatchEvent): string {
  return event.kind === 'put'
    ? `${String(event.keyValue.modRevision)} put ${keyToText(event.keyValue.key)}=${textOf(event.keyValue.value)}`
    : `${String(event.modRevision)} delete ${keyToText(event.key)}`;
}

/** Runs `body` on a fresh store, and closes it. */
export function onFresh<Under extends AsyncDisposable>(
  open: () => Promise<Under>,
  body: (under: Under) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using under = await open();
    await body(under);
  };
}

export const USER: Keyspace = 'user';
