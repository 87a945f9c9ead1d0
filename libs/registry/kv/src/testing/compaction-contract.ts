import { CompactedError, FutureRevisionError } from '../errors.ts';
import { revision } from '../ids.ts';
import { keys, list, onFresh, principal, put, putOne, read, write } from './shorthand.ts';
import { notedRevisions, type StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeCompaction(open: OpenStore, differences: StoreDifferences): void {
  const noted = notedRevisions(differences);

  describe('compaction', () => {
    it(
      'keeps the revision it names and everything after it',
      onFresh(open, async ({ store }) => {
        for (let value = 2; value <= 200; value += 1) await putOne(store, 'a', String(value));
        await store.compact({ principal, keyspace: 'user', revision: revision(100) });
        expect(await list(store, 'a', { revision: revision(100) })).toEqual(['a=100']);
        expect(await list(store, 'a', { revision: revision(163) })).toEqual(['a=163']);
        expect(await list(store, 'a')).toEqual(['a=200']);
        await expect(read(store, 'a', { revision: revision(99) })).rejects.toBeInstanceOf(CompactedError);
      }),
    );

    it(
      noted === 0 ? 'changes no revision' : 'makes the revision that notes it, and no other',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        expect(await store.compact({ principal, keyspace: 'user', revision: revision(2) })).toMatchObject({
          revision: 2 + noted,
        });
        expect(await putOne(store, 'a', '2')).toBe(3 + noted);
      }),
    );

    it(
      'touches one keyspace',
      onFresh(open, async ({ store }) => {
        await write(store, put('a', '1'), put('a', '1', { keyspace: 'catalog' }));
        await putOne(store, 'a', '2');
        await store.compact({ principal, keyspace: 'user', revision: revision(3) });
        const catalog = await store.range({ principal, keyspace: 'catalog', keys: keys('a'), revision: revision(2) });
        expect(catalog.count).toBe(1);
        const { keyspaces } = await store.status();
        expect(keyspaces).toMatchObject({
          user: { oldest: 3, keys: 1 },
          catalog: { oldest: 1, keys: 1 },
          system: { oldest: 1, keys: 0 },
        });
      }),
    );

    it(
      'refuses to go back, and to go ahead of the store',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await putOne(store, 'a', '2');
        await store.compact({ principal, keyspace: 'user', revision: revision(3) });
        const at = (value: number): Promise<unknown> =>
          store.compact({ principal, keyspace: 'user', revision: revision(value) });
        await expect(at(2)).rejects.toBeInstanceOf(CompactedError);
        await expect(at(3)).rejects.toBeInstanceOf(CompactedError);
        await expect(at(4 + noted)).rejects.toBeInstanceOf(FutureRevisionError);
      }),
    );
  });
}
