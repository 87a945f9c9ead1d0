import {
  keyFromBytes,
  keyOf,
  keysBetween,
  keysFrom,
  keysWithPrefix,
  oneKey,
  type KeyRange,
  type Keyspace,
} from '@portolan/kv';
import { ReservedKeyError } from '../errors.ts';
import { KeyMapping } from './key-mapping.ts';

const high = keyFromBytes(Uint8Array.of(255, 255));

describe.each([keyOf(''), keyOf('one/'), high])('the keys of an etcd below %j', (prefix) => {
  const mapping = new KeyMapping(prefix);
  const text = (bytes: Buffer): string => bytes.toString('latin1');
  /** As etcd reads it. */
  const includes = (keyspace: Keyspace | 'own', range: KeyRange, key: string): boolean => {
    const { key: first, rangeEnd } = mapping.range(keyspace, range);
    if (rangeEnd.length === 0) return text(first) === key;
    return key >= text(first) && (text(rangeEnd) === '\0' || key < text(rangeEnd));
  };
  const elsewhere = [
    ...(['catalog', 'system', 'own'] as const).map((place) => text(mapping.key(place, keyOf('a')))),
    `${prefix}\0`,
    `${prefix}\0\0zzz`,
  ];

  it.each<readonly [string, KeyRange]>([
    ['every key', keysWithPrefix(keyOf(''))],
    ['from the first', keysFrom(keyOf('\0'))],
    ['up to the end of all', keysBetween(keyOf(''), high)],
    ['the reserved prefix', keysWithPrefix(keyOf('\0\0portolan/'))],
    ['a reserved key', oneKey(keyOf('\0\0portolan/c/a'))],
    ['before all', keysBetween(keyOf(''), keyOf('\0'))],
  ])('show nothing of the other keyspaces in the range of user: %s', (_what, range) => {
    expect(elsewhere.filter((key) => includes('user', range, key))).toEqual([]);
  });

  it('show all of their own', () => {
    for (const keyspace of ['user', 'catalog', 'system'] as const) {
      for (const name of [keyOf('\0\u0001'), keyOf('a'), high, keyFromBytes(Uint8Array.of(255, 255, 255, 255))]) {
        const key = mapping.key(keyspace, name);
        expect(includes(keyspace, keysWithPrefix(keyOf('')), text(key))).toBe(true);
        expect(mapping.locate(key)).toEqual([keyspace, name]);
        expect(mapping.keyOf(keyspace, key)).toBe(name);
      }
    }
  });

  it('are not one name for two', () => {
    expect(() => mapping.key('user', keyOf('\0'))).toThrow(ReservedKeyError);
    expect(() => mapping.key('user', keyOf('\0\0portolan/c/a'))).toThrow(ReservedKeyError);
    expect(mapping.locate(mapping.key('own', keyOf('note/incarnation')))).toBeUndefined();
  });

  it('have ranges that nothing can be in', () => {
    const empty = (range: KeyRange): boolean => mapping.isEmpty(mapping.range('user', range));
    expect(empty(keysBetween(keyOf('b'), keyOf('a')))).toBe(true);
    expect(empty(keysBetween(keyOf('a'), keyOf('')))).toBe(true);
    expect(empty(oneKey(keyOf('\0')))).toBe(true);
    expect(empty(oneKey(keyOf('a')))).toBe(false);
    expect(empty(keysFrom(keyOf('a')))).toBe(false);
    expect(empty(keysBetween(keyOf('a'), keyOf('b')))).toBe(false);
  });
});
