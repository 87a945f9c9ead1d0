import { CompactedError, EmptyKeyError, FutureRevisionError, KeyTooLargeError } from '../errors.ts';
import { revision } from '../ids.ts';
import { keyFromBytes, keyToText } from '../key.ts';
import { keysWithPrefix, oneKey } from '../key-range.ts';
import { KEY_BYTES_MAX } from '../limits.ts';
import type { RangeQuery } from '../range-request.ts';
import { bytesOf, del, list, onFresh, principal, put, putOne, read, textOf, write } from './shorthand.ts';
import type { OpenStore } from './store-under-test.ts';

/** a=3 b=1 c=2, then b again: versions 1 2 1, created 2 3 4, modified 2 5 4. */
const FILL = [
  ['a', '3'],
  ['b', '9'],
  ['c', '2'],
  ['b', '1'],
] as const;

export function describeRange(open: OpenStore): void {
  const onFilled = (body: Parameters<typeof onFresh<Awaited<ReturnType<OpenStore>>>>[1]): (() => Promise<void>) =>
    onFresh(open, async (under) => {
      for (const [key, value] of FILL) await putOne(under.store, key, value);
      await body(under);
    });

  describe('range', () => {
    it.each([
      ['one key', 'b', ['b=1']],
      ['an absent key', 'x', []],
      ['from a key on', 'b-', ['b=1', 'c=2']],
      ['between two keys, the end excluded', 'a-c', ['a=3', 'b=1']],
      ['between two keys in the wrong order: nothing', 'c-a', []],
      ['a prefix', 'b*', ['b=1']],
      ['the empty prefix: all', '*', ['a=3', 'b=1', 'c=2']],
    ])('reads %s', (_what, range, expected) =>
      onFilled(async ({ store }) => {
        expect(await list(store, range)).toEqual(expected);
        expect((await read(store, range)).count).toBe(expected.length);
      })(),
    );

    it(
      'says of each key when it was created and changed, its version and its lease',
      onFilled(async ({ store }) => {
        const { keyValues, revision: current } = await read(store, 'b');
        expect(keyValues).toMatchObject([{ createRevision: 3, modRevision: 5, version: 2, lease: undefined }]);
        expect(current).toBe(5);
      }),
    );

    it.each<readonly [string, Partial<RangeQuery>, readonly string[]]>([
      ['version', { sort: { target: 'version', order: 'ascend' } }, ['a=3', 'c=2', 'b=1']],
      ['version, descending', { sort: { target: 'version', order: 'descend' } }, ['b=1', 'a=3', 'c=2']],
      ['create revision, descending', { sort: { target: 'create', order: 'descend' } }, ['c=2', 'b=1', 'a=3']],
      ['mod revision', { sort: { target: 'mod', order: 'ascend' } }, ['a=3', 'c=2', 'b=1']],
      ['value', { sort: { target: 'value', order: 'ascend' } }, ['b=1', 'c=2', 'a=3']],
      ['key, descending', { sort: { target: 'key', order: 'descend' } }, ['c=2', 'b=1', 'a=3']],
      ['value, then limits', { sort: { target: 'value', order: 'ascend' }, limit: 1 }, ['b=1']],
    ])('sorts by %s; equal ones stay in the order of their keys', (_what, query, expected) =>
      onFilled(async ({ store }) => {
        expect(await list(store, '*', query)).toEqual(expected);
      })(),
    );

    it.each<readonly [Partial<RangeQuery>, readonly string[]]>([
      [{ minModRevision: revision(4) }, ['b=1', 'c=2']],
      [{ maxModRevision: revision(4) }, ['a=3', 'c=2']],
      [{ minCreateRevision: revision(3) }, ['b=1', 'c=2']],
      [{ maxCreateRevision: revision(3) }, ['a=3', 'b=1']],
    ])('filters by revisions, bounds included: %j', (query, expected) =>
      onFilled(async ({ store }) => {
        expect(await list(store, '*', query)).toEqual(expected);
      })(),
    );

    it.each<readonly [Partial<RangeQuery>, number, boolean]>([
      [{}, 3, false],
      [{ limit: 3 }, 3, false],
      [{ limit: 2 }, 2, true],
      [{ limit: 1, minModRevision: revision(5) }, 1, false],
      [{ select: 'count' }, 0, false],
      [{ select: 'count', limit: 1 }, 0, false],
    ])('counts the whole range whatever is asked of it, and says whether there is more: %j', (query, found, more) =>
      onFilled(async ({ store }) => {
        const answer = await read(store, '*', query);
        expect(answer).toMatchObject({ count: 3, more });
        expect(answer.keyValues).toHaveLength(found);
      })(),
    );

    it(
      'leaves values out when asked for keys',
      onFilled(async ({ store }) => {
        const { keyValues } = await read(store, '*', { select: 'keys' });
        expect(keyValues.map(({ key, value }) => [keyToText(key), value.length])).toEqual([
          ['a', 0],
          ['b', 0],
          ['c', 0],
        ]);
      }),
    );

    it(
      'reads any revision since the first as it was',
      onFilled(async ({ store }) => {
        await write(store, del('a'));
        const seen: (readonly string[])[] = [];
        for (let at = 1; at <= 6; at += 1) seen.push(await list(store, '*', { revision: revision(at) }));
        expect(seen).toEqual([
          [],
          ['a=3'],
          ['a=3', 'b=9'],
          ['a=3', 'b=9', 'c=2'],
          ['a=3', 'b=1', 'c=2'],
          ['b=1', 'c=2'],
        ]);
      }),
    );

    it(
      'refuses a revision that is yet to come',
      onFilled(async ({ store }) => {
        const reading = read(store, 'a', { revision: revision(6) });
        await expect(reading).rejects.toBeInstanceOf(FutureRevisionError);
        await expect(reading).rejects.toMatchObject({ code: 'KV_FUTURE_REVISION', current: 5 });
      }),
    );

    it(
      'refuses a compacted revision and names the oldest',
      onFilled(async ({ store }) => {
        await store.compact({ principal, keyspace: 'user', revision: revision(4) });
        const reading = read(store, 'a', { revision: revision(3) });
        await expect(reading).rejects.toBeInstanceOf(CompactedError);
        await expect(reading).rejects.toMatchObject({ code: 'KV_COMPACTED', oldest: 4 });
      }),
    );

    it(
      'keeps any bytes, in keys and values',
      onFresh(open, async ({ store }) => {
        const all = Uint8Array.from({ length: 256 }, (_, index) => index);
        await store.txn({
          principal,
          success: [{ kind: 'put', keyspace: 'user', key: keyFromBytes(all), value: all }],
        });
        const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyFromBytes(all)) });
        expect(keyValues.map(({ value }) => [...value])).toEqual([[...all]]);
      }),
    );

    it(
      'orders keys by their bytes, and ends a prefix of 255s at the end',
      onFresh(open, async ({ store }) => {
        for (const key of ['ÿ', 'z', '~', 'Z', '😀', '￿']) await write(store, put(key, key));
        const { keyValues } = await store.range({
          principal,
          keyspace: 'user',
          keys: keysWithPrefix(keyFromBytes(Uint8Array.of())),
        });
        expect(keyValues.map(({ value }) => textOf(value))).toEqual(['Z', 'z', '~', 'ÿ', '￿', '😀']);
        const high = keyFromBytes(Uint8Array.of(255, 255, 1));
        await store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key: high, value: bytesOf('high') }] });
        const last = await store.range({
          principal,
          keyspace: 'user',
          keys: keysWithPrefix(keyFromBytes(Uint8Array.of(255, 255))),
        });
        expect(last.keyValues.map(({ value }) => textOf(value))).toEqual(['high']);
      }),
    );

    it(
      'shows a key in its keyspace alone',
      onFilled(async ({ store }) => {
        const { count, revision: current } = await store.range({
          principal,
          keyspace: 'catalog',
          keys: keysWithPrefix(keyFromBytes(bytesOf(''))),
        });
        expect([count, current]).toEqual([0, 5]);
      }),
    );

    it(
      'does not change when the caller writes into the bytes it put',
      onFresh(open, async ({ store }) => {
        const value = bytesOf('before');
        await write(store, { ...put('a', ''), value });
        value.fill(0);
        expect(await list(store, 'a')).toEqual(['a=before']);
      }),
    );

    it.each([
      ['an empty key', { keys: oneKey(keyFromBytes(Uint8Array.of())) }, EmptyKeyError],
      ['a key that is too long', { keys: oneKey(keyFromBytes(new Uint8Array(KEY_BYTES_MAX + 1))) }, KeyTooLargeError],
    ] as const)('refuses %s', (_what, query, error) =>
      onFresh(open, async ({ store }) => {
        await expect(read(store, 'a', query)).rejects.toBeInstanceOf(error);
      })(),
    );

    it(
      'refuses a limit that is no whole number',
      onFresh(open, async ({ store }) => {
        await expect(read(store, 'a', { limit: -1 })).rejects.toMatchObject({ kind: 'invalid' });
      }),
    );

    it(
      'gives up with the reason of the signal',
      onFresh(open, async ({ store }) => {
        const reading = store.range(
          { principal, keyspace: 'user', keys: keysWithPrefix(keyFromBytes(bytesOf(''))) },
          AbortSignal.abort('enough'),
        );
        await expect(reading).rejects.toBe('enough');
      }),
    );
  });
}
