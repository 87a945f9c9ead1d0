import { CompactedError, EmptyKeyError } from '../errors.ts';
import { revision } from '../ids.ts';
import { keyOf } from '../key.ts';
import { oneKey } from '../key-range.ts';
import { PROGRESS_INTERVAL_MS, WATCH_BATCH_EVENTS_MAX } from '../limits.ts';
import type { KvStore } from '../kv-store.ts';
import type { WatchRequest } from '../watch-request.ts';
import { bytesOf, del, eventText, keys, onFresh, principal, put, putOne, textOf, write } from './shorthand.ts';
import { notedRevisions, type StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';
import { WatchReader } from './watch-reader.ts';

const watch = (store: KvStore, range: string, extras: Partial<WatchRequest> = {}): WatchReader =>
  new WatchReader(store, { keyspace: 'user', keys: keys(range), ...extras });

export function describeWatch(open: OpenStore, differences: StoreDifferences): void {
  describe('watch', () => {
    it(
      'says first that it is created; from then on nothing is missed',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await using reader = watch(store, 'a*');
        expect(await reader.next()).toMatchObject({ kind: 'created', revision: 2, events: [] });
        await putOne(store, 'a', '2');
        expect((await reader.until(1)).map(eventText)).toEqual(['3 put a=2']);
      }),
    );

    it(
      'reports history from a past revision, then what comes, in order',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await write(store, put('a', '2'), put('b', '1'));
        await write(store, del('a'));
        await using reader = await watch(store, '*', { startRevision: revision(3) }).created();
        expect(reader.delivered).toBe(2);
        await reader.until(3);
        await putOne(store, 'c', '1');
        expect((await reader.until(4)).map(eventText)).toEqual(['3 put a=2', '3 put b=1', '4 delete a', '5 put c=1']);
      }),
    );

    it(
      'waits for a future revision and reports nothing before it',
      onFresh(open, async ({ store }) => {
        await using reader = await watch(store, '*', { startRevision: revision(4) }).created();
        for (const value of ['2', '3', '4', '5']) await putOne(store, 'a', value);
        expect((await reader.until(2)).map(eventText)).toEqual(['4 put a=4', '5 put a=5']);
      }),
    );

    it.each([
      ['one key', 'b', ['3 put b=1', '6 delete b']],
      ['a range', 'b-d', ['3 put b=1', '4 put c=1', '6 delete b']],
      ['from a key on', 'c-', ['4 put c=1', '5 put d=1']],
      ['an absent prefix', 'x*', []],
    ])('sees %s alone', (_what, range, expected) =>
      onFresh(open, async ({ store }) => {
        await using past = await watch(store, range, { startRevision: revision(2) }).created();
        await using live = await watch(store, range).created();
        for (const key of ['a', 'b', 'c', 'd']) await putOne(store, key, '1');
        await write(store, del('b'));
        await write(store, put('b', '9', { keyspace: 'catalog' }));
        await using late = await watch(store, range, { startRevision: revision(1) }).created();
        for (const reader of [past, live, late])
          expect((await reader.until(expected.length)).map(eventText)).toEqual(expected);
      })(),
    );

    it(
      'leaves out puts or deletions when told to',
      onFresh(open, async ({ store }) => {
        await using puts = await watch(store, '*', { events: 'puts' }).created();
        await using deletes = await watch(store, '*', { events: 'deletes' }).created();
        await putOne(store, 'a', '1');
        await write(store, del('a'));
        await putOne(store, 'a', '2');
        await write(store, del('a'));
        expect((await puts.until(2)).map(eventText)).toEqual(['2 put a=1', '4 put a=2']);
        expect((await deletes.until(2)).map(eventText)).toEqual(['3 delete a', '5 delete a']);
      }),
    );

    it(
      'adds what keys were before when asked, also at the oldest revision kept',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await putOne(store, 'a', '2');
        await write(store, del('a'));
        await store.compact({ principal, keyspace: 'user', revision: revision(4) });
        await using plain = await watch(store, 'a', { startRevision: revision(4) }).created();
        await using reader = await watch(store, 'a', { startRevision: revision(4), previous: true }).created();
        const [event] = await reader.until(1);
        expect(event).toMatchObject({ kind: 'delete', modRevision: 4, previous: { modRevision: 3 } });
        expect(textOf(event?.previous?.value ?? bytesOf(''))).toBe('2');
        expect((await plain.until(1))[0]?.previous).toBeUndefined();
      }),
    );

    it(
      'refuses to begin below the oldest revision, and names it',
      onFresh(open, async ({ store }) => {
        for (const value of ['1', '2', '3']) await putOne(store, 'a', value);
        await store.compact({ principal, keyspace: 'user', revision: revision(3) });
        await using reader = watch(store, 'a', { startRevision: revision(2) });
        const failure = reader.next();
        await expect(failure).rejects.toBeInstanceOf(CompactedError);
        await expect(failure).rejects.toMatchObject({ oldest: 3 });
      }),
    );

    it(
      'is not troubled by the compaction of what it has delivered',
      onFresh(open, async ({ store }) => {
        await using reader = await watch(store, 'a*').created();
        for (const value of ['1', '2', '3']) await putOne(store, 'b', value);
        await store.compact({ principal, keyspace: 'user', revision: revision(4) });
        await putOne(store, 'a', '1');
        expect((await reader.until(1)).map(eventText)).toEqual([`${String(5 + notedRevisions(differences))} put a=1`]);
      }),
    );

    it(
      'delivers a revision whole, however large, and all of a long history',
      onFresh(open, async ({ store }) => {
        const many = 10;
        for (let round = 0; round < many; round += 1) {
          await write(
            store,
            ...Array.from({ length: 120 }, (_, index) => put(`k${String(round)}-${String(index)}`, 'v')),
          );
        }
        await write(store, del('k*'));
        await using reader = await watch(store, 'k*', { startRevision: revision(1) }).created();
        const events = await reader.until(many * 240);
        expect(events).toHaveLength(many * 240);
        expect(many * 120).toBeGreaterThan(WATCH_BATCH_EVENTS_MAX);
      }),
    );

    it(
      'delivers a revision that is larger than a message',
      onFresh(open, async ({ store }) => {
        const large = new Uint8Array(1_400 * 1024).fill(7);
        await using reader = await watch(store, 'k*', { previous: true }).created();
        for (const key of ['k1', 'k2', 'k3', 'k4']) await write(store, { ...put(key, ''), value: large });
        await write(store, del('k*'));
        const events = await reader.until(8);
        expect(events.slice(4).map((event) => [event.kind, event.previous?.value.length])).toEqual(
          Array.from({ length: 4 }, () => ['delete', large.length]),
        );
      }),
    );

    it(
      'continues from any batch without gap or repetition',
      onFresh(open, async ({ store }) => {
        await using first = await watch(store, '*').created();
        await putOne(store, 'a', '1');
        await putOne(store, 'a', '2');
        await first.until(1);
        const delivered = first.delivered;
        const seen = first.events.map(eventText);
        await putOne(store, 'a', '3');
        await using second = await watch(store, '*', { startRevision: revision(delivered + 1) }).created();
        seen.push(...(await second.until(3 - seen.length)).map(eventText));
        expect(seen).toEqual(['2 put a=1', '3 put a=2', '4 put a=3']);
      }),
    );

    it(
      'reports progress when asked, never before the events it covers',
      onFresh(open, async ({ store, advance }) => {
        await using reader = await watch(store, 'a', { progress: true }).created();
        await putOne(store, 'b', '1');
        const first = reader.next();
        if (differences.clock !== 'real') await advance(PROGRESS_INTERVAL_MS);
        let batch = await first;
        // By its own clock, a store may have reported before the put.
        while (batch.revision < 2) batch = await reader.next();
        expect(batch).toMatchObject({ kind: 'progress', revision: 2, events: [] });
        await putOne(store, 'a', '1');
        while (batch.kind === 'progress') batch = await reader.next();
        expect(batch).toMatchObject({ kind: 'events', revision: 3 });
      }),
    );

    it(
      'ends quietly when its signal aborts, before or while it waits',
      onFresh(open, async ({ store }) => {
        await using reader = await watch(store, 'a').created();
        const end = reader.ended();
        reader.abort();
        expect(await end).toBe(true);
        const early = store.watch({ principal, keyspace: 'user', keys: oneKey(keyOf('a')) }, AbortSignal.abort());
        for await (const batch of early) throw new Error(`a batch of an aborted watch: ${batch.kind}`);
      }),
    );

    it(
      'refuses an empty key',
      onFresh(open, async ({ store }) => {
        await using reader = new WatchReader(store, { keyspace: 'user', keys: oneKey(keyOf('')) });
        await expect(reader.next()).rejects.toBeInstanceOf(EmptyKeyError);
      }),
    );
  });
}
