import type { Principal } from '@portolan/kernel';
import {
  keyFromBytes,
  keysWithPrefix,
  keyToBytes,
  type Header,
  type Key,
  type KeyRange,
  type Keyspace,
  type KeyValue,
  type KvStore,
  type RangeOperation,
  type Revision,
} from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import { ALL_NODES, checksOf, checksOfInstance, EVERYTHING, instanceKey, instancesOf } from './keys.ts';
import { READ_PAGE_KEYS } from './limits.ts';
import type { ServiceName } from './model.ts';

/** As whom the catalog reads and writes its keys. Who asked the catalog was checked before. */
export const CATALOG_PRINCIPAL: Principal = { kind: 'system', name: 'catalog' };

export const KEYSPACE = 'catalog' satisfies Keyspace;

export interface Read extends Header {
  readonly keyValues: readonly KeyValue[];
}

/** All keys of one service at one revision. */
export function readService(
  store: KvStore,
  service: ServiceName,
  at: Revision | undefined,
  signal?: AbortSignal,
): Promise<Read> {
  return readTogether(store, [instancesOf(service), checksOf(service)], at, signal);
}

export function readInstanceKeys(store: KvStore, name: InstanceName): Promise<Read> {
  return readTogether(store, [{ kind: 'one', key: instanceKey(name) }, checksOfInstance(name)], undefined);
}

/**
 * Every key of the catalog at one revision, in pages, so that no answer outgrows a message.
 * @param at default: the store's when the first page is read
 */
export function readEverything(
  store: KvStore,
  at: Revision | undefined,
  signal: AbortSignal | undefined,
): Promise<Read> {
  return readPages(store, EVERYTHING, at, signal);
}

export function readNodes(store: KvStore, signal: AbortSignal | undefined): Promise<Read> {
  return readPages(store, ALL_NODES, undefined, signal);
}

/** A transaction of two ranges answers at one revision, even one that is now. */
export async function readTogether(
  store: KvStore,
  ranges: readonly KeyRange[],
  at: Revision | undefined,
  signal?: AbortSignal,
): Promise<Read> {
  const success = ranges.map((keys): RangeOperation => ({
    kind: 'range',
    keyspace: KEYSPACE,
    keys,
    ...(at === undefined ? {} : { revision: at }),
  }));
  const { incarnation, revision, results } = await store.txn({ principal: CATALOG_PRINCIPAL, success }, signal);
  const keyValues = results.flatMap((result) => (result.kind === 'range' ? result.keyValues : []));
  return { incarnation, revision: at ?? revision, keyValues };
}

async function readPages(
  store: KvStore,
  prefix: Key,
  at: Revision | undefined,
  signal: AbortSignal | undefined,
): Promise<Read> {
  const keyValues: KeyValue[] = [];
  const everything = keysWithPrefix(prefix);
  let keys = everything;
  let pinned = at;
  for (;;) {
    const page = await store.range(
      {
        principal: CATALOG_PRINCIPAL,
        keyspace: KEYSPACE,
        keys,
        limit: READ_PAGE_KEYS,
        ...(pinned === undefined ? {} : { revision: pinned }),
      },
      signal,
    );
    pinned ??= page.revision;
    for (const keyValue of page.keyValues) keyValues.push(keyValue);
    const last = page.keyValues.at(-1);
    if (!page.more || last === undefined) return { incarnation: page.incarnation, revision: pinned, keyValues };
    keys = { ...everything, key: successor(last.key) };
  }
}

/** The first key after `key`. */
function successor(key: Key): Key {
  return keyFromBytes(Uint8Array.of(...keyToBytes(key), 0));
}
