import { FROM_KEY, keyFromBytes, keysBetween, keysFrom, oneKey, type Key, type KeyRange } from '@portolan/kv';

/** Empty: the one key. `\0`: every key from `key` on. */
export function etcdKeyRange(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
  const first = keyFromBytes(key);
  if (rangeEnd.length === 0) return oneKey(first);
  const end = keyFromBytes(rangeEnd);
  return end === FROM_KEY ? keysFrom(first) : keysBetween(first, end);
}

export function keyBuffer(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}
