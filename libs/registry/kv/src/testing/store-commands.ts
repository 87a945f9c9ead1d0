import fc from 'fast-check';
import { leaseId, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import type { RangeQuery } from '../range-request.ts';
import type { Idempotency, NestedTxn } from '../txn-request.ts';
import { aKeyspace, aLeaseId, anIdempotency, aQuery, aRevision, aSinglePut, aTxn, aWatch } from './arbitraries.ts';
import { plain, type Comparison } from './comparison.ts';
import type { NaiveStore } from './naive-store.ts';
import { principal, put } from './shorthand.ts';
import type { StoreDifferences } from './store-differences.ts';

export type StoreCommand = fc.AsyncCommand<NaiveStore, Comparison>;

function command(name: string, details: unknown, run: (comparison: Comparison) => Promise<void>): StoreCommand {
  return {
    check: () => true,
    run: (_model, comparison) => run(comparison),
    toString: () => `${name} ${fc.stringify(plain(details))}`,
  };
}

const range = (query: RangeQuery): StoreCommand =>
  command('range', query, (both) =>
    both.same(
      'range',
      async () => {
        const { keyValues, more, count } = await both.under.store.range({ principal, ...query });
        return { keyValues, more, count };
      },
      () => both.model.range(query),
    ),
  );

const txn = (body: NestedTxn, idempotency: Idempotency | undefined): StoreCommand => {
  const request = { principal, ...body, ...(idempotency !== undefined && { idempotency }) };
  return command('txn', request, (both) =>
    both.same(
      idempotency === undefined ? 'txn' : 'txn once',
      () => both.under.store.txn(request),
      () => both.model.txn(request),
    ),
  );
};

const grant = (id: LeaseId, ttlSeconds: number): StoreCommand =>
  command('grant', { id, ttlSeconds }, (both) =>
    both.same(
      'grant',
      async () => {
        await both.under.store.grantLease({ principal, id, ttlSeconds });
      },
      () => {
        both.model.grant(id, ttlSeconds);
      },
    ),
  );

const keepAlive = (id: LeaseId): StoreCommand =>
  command('keepAlive', { id }, (both) =>
    both.same(
      'keepAlive',
      async () => {
        await both.under.store.keepAlive({ principal, id });
      },
      () => {
        both.model.keepAlive(id);
      },
    ),
  );

const revoke = (id: LeaseId): StoreCommand =>
  command('revoke', { id }, (both) =>
    both.same(
      'revoke',
      async () => {
        await both.under.store.revokeLease({ principal, id });
      },
      () => {
        both.model.revoke(id);
      },
    ),
  );

/** Watches are read first: what is compacted before it is delivered is lost, and said to be, which is another test's matter. */
const compact = (keyspace: Keyspace, at: Revision): StoreCommand =>
  command('compact', { keyspace, at }, async (both) => {
    await both.drain();
    await both.same(
      'compact',
      async () => {
        await both.under.store.compact({ principal, keyspace, revision: at });
      },
      () => {
        both.model.compact(keyspace, at);
      },
    );
  });

/** Enough puts to leave roots behind, so that the past is put together from one. */
const burst = (puts: number): StoreCommand =>
  command('burst', { puts }, async (both) => {
    for (let index = 0; index < puts; index += 1) {
      const success = [put('abcd'.charAt(index % 4), String(index))];
      both.model.txn({ principal, success });
      await both.under.store.txn({ principal, success });
    }
  });

/** Nothing ends by a clock that nobody moves. */
const LONG_SECONDS = 1_000;

/** Everything that can be done to a store. */
export function storeCommands({ clock, notes }: StoreDifferences): readonly fc.Arbitrary<StoreCommand>[] {
  const timed = clock === 'real' ? [aLeaseId.map((id) => grant(id, LONG_SECONDS))] : TIMED;
  return [...TIMELESS, ...timed, notes === 'make-revisions' ? A_TRUE_RETRY : A_RETRY];
}

/** The first of a session and sequence counts, whatever a later one asks for. */
const A_RETRY = fc.tuple(aSinglePut, anIdempotency).map(([body, idempotency]) => txn(body, idempotency));

/** Where only a note is kept, a later one must be what it claims to be: what is put depends on the sequence alone. */
const A_TRUE_RETRY = anIdempotency.map(({ session, sequence }) => {
  const key = 'abcd'.charAt(sequence % 4);
  const kept = sequence === 3 ? { value: 'keep' as const } : {};
  const leased = sequence === 4 ? { lease: leaseId(1n) } : {};
  return txn(
    { success: [{ ...put(key, String(session), { previous: true }), ...kept, ...leased }] },
    { session, sequence },
  );
});

const TIMELESS: readonly fc.Arbitrary<StoreCommand>[] = [
  aQuery.map(range),
  fc.tuple(aQuery, aRevision).map(([query, at]) => range({ ...query, revision: at })),
  fc.integer({ min: 1, max: 90 }).map(burst),
  aTxn.map((body) => txn(body, undefined)),
  aTxn.map((body) => txn(body, undefined)),
  aLeaseId.map(keepAlive),
  aLeaseId.map(revoke),
  fc.tuple(aKeyspace, aRevision).map(([keyspace, at]) => compact(keyspace, at)),
  aWatch.map((request) => command('watch', request, (both) => both.watch(request))),
  fc.constant(command('drain', {}, (both) => both.drain())),
];

const TIMED: readonly fc.Arbitrary<StoreCommand>[] = [
  fc.tuple(aLeaseId, fc.integer({ min: 2, max: 9 })).map(([id, ttlSeconds]) => grant(id, ttlSeconds)),
  fc.integer({ min: 0, max: 4_000 }).map((ms) => command('advance', { ms }, (both) => both.advance(ms))),
];

/** What must have happened at least once in some hundreds of runs, so that agreeing means something. */
export const STORE_COVERAGE: readonly string[] = [
  'range',
  'range: KV_COMPACTED',
  'range: KV_FUTURE_REVISION',
  'txn',
  'txn: KV_DUPLICATE_KEY',
  'txn: KV_KEY_NOT_FOUND',
  'txn: KV_LEASE_NOT_FOUND',
  'txn: KV_COMPACTED',
  'txn: KV_FUTURE_REVISION',
  'txn once',
  'txn once: KV_SESSION_EXPIRED',
  'grant',
  'grant: KV_LEASE_EXISTS',
  'keepAlive',
  'keepAlive: KV_LEASE_NOT_FOUND',
  'revoke',
  'expiry',
  'compact',
  'compact: KV_COMPACTED',
  'compact: KV_FUTURE_REVISION',
  'watch',
  'watch: KV_COMPACTED',
  'watch: events',
];
