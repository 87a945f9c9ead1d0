import { LeaseExistsError, LeaseNotFoundError, LeaseTtlError } from '../errors.ts';
import { leaseId } from '../ids.ts';
import { LEASE_TTL_SECONDS_MAX, LEASE_TTL_SECONDS_MIN } from '../limits.ts';
import { keys, list, onFresh, principal, put, putOne, revisionOf, write } from './shorthand.ts';
import type { StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';
import { WatchReader } from './watch-reader.ts';

export function describeLeases(open: OpenStore, { clock }: StoreDifferences): void {
  describe('leases', () => {
    it(
      'are granted with an id of the store or the caller, and no revision',
      onFresh(open, async ({ store }) => {
        const own = await store.grantLease({ principal, ttlSeconds: 10 });
        expect(own).toMatchObject({ ttlSeconds: 10, revision: 1 });
        expect(own.id).toBeGreaterThan(0n);
        const given = await store.grantLease({ principal, ttlSeconds: 10, id: leaseId(7n) });
        expect(given.id).toBe(7n);
        expect((await store.leases({ principal })).ids).toEqual([own.id, given.id].sort((a, b) => (a < b ? -1 : 1)));
        await expect(store.grantLease({ principal, ttlSeconds: 10, id: leaseId(7n) })).rejects.toBeInstanceOf(
          LeaseExistsError,
        );
      }),
    );

    it.each([0, -1, 1.5, Number.NaN, LEASE_TTL_SECONDS_MAX + 1])('refuse a time to live of %d seconds', (ttlSeconds) =>
      onFresh(open, async ({ store }) => {
        await expect(store.grantLease({ principal, ttlSeconds })).rejects.toBeInstanceOf(LeaseTtlError);
      })(),
    );

    it(
      'raise a time to live that is too short, and take the longest',
      onFresh(open, async ({ store }) => {
        expect(await store.grantLease({ principal, ttlSeconds: 1 })).toMatchObject({
          ttlSeconds: LEASE_TTL_SECONDS_MIN,
        });
        const longest = await store.grantLease({ principal, ttlSeconds: LEASE_TTL_SECONDS_MAX });
        expect(longest).toMatchObject({ ttlSeconds: LEASE_TTL_SECONDS_MAX });
      }),
    );

    it(
      'delete their keys in one revision when revoked',
      onFresh(open, async ({ store }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        await write(
          store,
          put('a', '1', { lease: id }),
          put('b', '1', { lease: id, keyspace: 'catalog' }),
          put('c', '1'),
        );
        await putOne(store, 'd', '1', id);
        expect(await store.revokeLease({ principal, id })).toMatchObject({ revision: 4 });
        expect(await list(store, '*')).toEqual(['c=1']);
        expect((await store.range({ principal, keyspace: 'catalog', keys: keys('*') })).count).toBe(0);
        await expect(store.revokeLease({ principal, id })).rejects.toBeInstanceOf(LeaseNotFoundError);
      }),
    );

    it(
      'keep the revision when revoked without keys',
      onFresh(open, async ({ store }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        expect(await store.revokeLease({ principal, id })).toMatchObject({ revision: 1 });
      }),
    );

    it(
      'leave alone a key that was put again without them, or with another one',
      onFresh(open, async ({ store }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        const other = await store.grantLease({ principal, ttlSeconds: 10 });
        for (const key of ['a', 'b', 'c']) await putOne(store, key, '1', id);
        await putOne(store, 'a', '2');
        await putOne(store, 'b', '2', other.id);
        await store.revokeLease({ principal, id });
        expect(await list(store, '*')).toEqual(['a=2', 'b=2']);
        await store.revokeLease({ principal, id: other.id });
        expect(await list(store, '*')).toEqual(['a=2']);
      }),
    );
  });

  if (clock === 'real') describeLeasesByOthers(open);
  else describeLeasesByClock(open);
}

/** What they promise of time, where a test can move the clock. */
function describeLeasesByClock(open: OpenStore): void {
  describe('leases, by the clock,', () => {
    it(
      'expire when nobody keeps them alive, and watchers see it',
      onFresh(open, async ({ store, advance }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        await putOne(store, 'a', '1', id);
        await using reader = await new WatchReader(store, { keyspace: 'user', keys: keys('a') }).created();
        await advance(9_999);
        expect(await list(store, 'a')).toEqual(['a=1']);
        await advance(1);
        expect(await reader.until(1)).toMatchObject([{ kind: 'delete', modRevision: 3 }]);
        expect(await list(store, 'a')).toEqual([]);
        expect((await store.leases({ principal })).ids).toEqual([]);
      }),
    );

    it(
      'live on while they are kept alive, which writes nothing',
      onFresh(open, async ({ store, advance }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        await putOne(store, 'a', '1', id);
        const before = await revisionOf(store);
        for (let round = 0; round < 5; round += 1) {
          await advance(9_000);
          expect(await store.keepAlive({ principal, id })).toMatchObject({ id, ttlSeconds: 10 });
        }
        expect(await revisionOf(store)).toBe(before);
        await advance(10_000);
        await expect(store.keepAlive({ principal, id })).rejects.toBeInstanceOf(LeaseNotFoundError);
        expect(await list(store, 'a')).toEqual([]);
      }),
    );

    it(
      'tell how long they have left',
      onFresh(open, async ({ store, advance }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        await advance(3_500);
        expect((await store.timeToLive({ principal, id })).lease).toEqual({
          id,
          grantedSeconds: 10,
          remainingSeconds: 6,
        });
        await store.keepAlive({ principal, id });
        expect((await store.timeToLive({ principal, id })).lease?.remainingSeconds).toBe(10);
        await advance(10_000);
        expect(await store.timeToLive({ principal, id })).toMatchObject({ lease: undefined });
      }),
    );

    it(
      'begin anew when granted again under the same id',
      onFresh(open, async ({ store, advance }) => {
        const id = leaseId(7n);
        await store.grantLease({ principal, ttlSeconds: 10, id });
        await advance(6_000);
        await store.revokeLease({ principal, id });
        await store.grantLease({ principal, ttlSeconds: 10, id });
        await putOne(store, 'a', '1', id);
        await advance(9_000);
        expect(await list(store, 'a')).toEqual(['a=1']);
        await advance(1_000);
        expect(await list(store, 'a')).toEqual([]);
      }),
    );
  });
}

/** The same where it can't: a lease that ends says that the time of another is over too. */
function describeLeasesByOthers(open: OpenStore): void {
  describe('leases, measured by others,', () => {
    it(
      'expire when nobody keeps them alive, live on while they are, and begin anew when granted again',
      onFresh(open, async ({ store }) => {
        const ttlSeconds = LEASE_TTL_SECONDS_MIN;
        const again = leaseId(7n);
        await store.grantLease({ principal, ttlSeconds, id: again });
        await store.revokeLease({ principal, id: again });
        await store.grantLease({ principal, ttlSeconds: 100, id: again });
        const kept = await store.grantLease({ principal, ttlSeconds });
        await putOne(store, 'again', '1', again);
        await putOne(store, 'kept', '1', kept.id);
        // Two one after the other are twice the time of the one that is kept.
        for (let round = 0; round < 2; round += 1) {
          const { id } = await store.grantLease({ principal, ttlSeconds });
          const before = await putOne(store, 'left', '1', id);
          await using reader = await new WatchReader(store, { keyspace: 'user', keys: keys('left') }).created();
          const over = reader.until(1);
          const isOver = over.then(() => true);
          while (!(await Promise.race([isOver, soon()]))) await store.keepAlive({ principal, id: kept.id });
          expect(await over).toMatchObject([{ kind: 'delete', modRevision: before + 1 }]);
          expect((await store.leases({ principal })).ids).not.toContain(id);
          await expect(store.keepAlive({ principal, id })).rejects.toBeInstanceOf(LeaseNotFoundError);
          expect(await store.timeToLive({ principal, id })).toMatchObject({ lease: undefined });
        }
        expect(await list(store, '*')).toEqual(['again=1', 'kept=1']);
      }),
      GUARD_MS,
    );

    it(
      'tell how long they have left',
      onFresh(open, async ({ store }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 1_000 });
        const { lease } = await store.timeToLive({ principal, id });
        expect(lease).toMatchObject({ id, grantedSeconds: 1_000 });
        expect(lease?.remainingSeconds).toBeGreaterThan(0);
        expect(lease?.remainingSeconds).toBeLessThanOrEqual(1_000);
      }),
    );
  });
}

/** A slow machine; a guard against hanging, nothing else. */
const GUARD_MS = 60_000;

/** Resolves to false after whatever is under way now had its turn. */
async function soon(): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  return false;
}
