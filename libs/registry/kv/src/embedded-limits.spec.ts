import { createSeededRng, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import type { KvAction } from './access.ts';
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';
import { CompactedError, StoreClosedError, TooManyWatchersError } from './errors.ts';
import { createIncarnation, revision, sessionId } from './ids.ts';
import { directed } from './testing/directed-log.ts';
import {
  del,
  eventText,
  get,
  keys,
  list,
  principal,
  put,
  putOne,
  read,
  revisionOf,
  write,
} from './testing/shorthand.ts';
import { WatchReader } from './testing/watch-reader.ts';
import type { Compare, TxnRequest } from './txn-request.ts';

function open(options: Partial<Parameters<typeof createEmbeddedStore>[0]> = {}): EmbeddedStore {
  const rng = createSeededRng(1);
  return createEmbeddedStore({ clock: new VirtualClock(), rng, incarnation: createIncarnation(rng), ...options });
}

const watch = (store: EmbeddedStore, range: string): WatchReader =>
  new WatchReader(store, { keyspace: 'user', keys: keys(range) });

describe('a slow watcher', () => {
  it('reads on from history, in batches, when it comes back', async () => {
    await using store = open({ autoCompaction: 'off' });
    await using reader = await watch(store, 'a*').created();
    for (let value = 0; value < 3_000; value += 1) await putOne(store, 'a', String(value));
    expect(await reader.until(1)).toHaveLength(1_000);
    expect(await reader.until(3_000)).toHaveLength(3_000);
    expect(reader.delivered).toBe(3_001);
  });

  it('is told when what it has not read is gone', async () => {
    await using store = open({ autoCompaction: { keepChanges: 100, keepBytes: 1e9 } });
    await using reader = await watch(store, 'a').created();
    for (let value = 0; value < 200; value += 1) await putOne(store, 'a', String(value));
    const failure = reader.next();
    await expect(failure).rejects.toBeInstanceOf(CompactedError);
    await expect(failure).rejects.toMatchObject({ oldest: (await store.status()).keyspaces.user.oldest });
  });
});

describe('automatic compaction', () => {
  it('keeps so many changes of each keyspace, and a tenth more at most', async () => {
    await using store = open({ autoCompaction: { keepChanges: 100, keepBytes: 1e9 } });
    await write(store, put('quiet', '1', { keyspace: 'system' }));
    for (let value = 0; value < 1_000; value += 1) await putOne(store, 'a', String(value));
    const { revision, keyspaces } = await store.status();
    expect(keyspaces.system.oldest).toBe(1);
    expect(revision - keyspaces.user.oldest).toBeGreaterThanOrEqual(99);
    expect(revision - keyspaces.user.oldest).toBeLessThanOrEqual(110);
    expect(await list(store, 'a', { revision: keyspaces.user.oldest })).toHaveLength(1);
  });

  it('keeps so many bytes', async () => {
    await using store = open({ autoCompaction: { keepChanges: 1_000, keepBytes: 100_000 } });
    const value = new Uint8Array(10_000);
    for (let index = 0; index < 100; index += 1) await write(store, { ...put('a', ''), value });
    const { revision, keyspaces } = await store.status();
    expect(revision - keyspaces.user.oldest).toBeLessThan(12);
  });

  it('is by 10,000 changes unless told otherwise', async () => {
    await using store = open();
    for (let value = 0; value < 12_000; value += 1) await putOne(store, 'a', '');
    const { revision, keyspaces } = await store.status();
    expect(revision - keyspaces.user.oldest).toBeGreaterThanOrEqual(9_999);
    expect(revision - keyspaces.user.oldest).toBeLessThanOrEqual(11_000);
  });
});

describe('the limits of a store', () => {
  it('refuse a watcher too many, and take one when another has left', async () => {
    await using store = open({ limits: { watchersMax: 2 } });
    const first = await watch(store, 'a').created();
    await using second = await watch(store, 'a').created();
    await using refused = watch(store, 'a');
    await expect(refused.next()).rejects.toBeInstanceOf(TooManyWatchersError);
    await first[Symbol.asyncDispose]();
    await using third = await watch(store, 'a').created();
    await putOne(store, 'a', '1');
    for (const reader of [second, third]) expect((await reader.until(1)).map(eventText)).toEqual(['2 put a=1']);
  });

  it('leave watchers to the catalog, however many applications take', async () => {
    await using store = open({ limits: { watchersMax: 8 } });
    await using stack = new AsyncDisposableStack();
    for (let taken = 0; taken < 7; taken += 1) stack.use(await watch(store, 'a').created());
    await expect(stack.use(watch(store, 'a')).next()).rejects.toMatchObject({ context: { watchersMax: 7 } });
    const ofCatalog = (): WatchReader => stack.use(new WatchReader(store, { keyspace: 'catalog', keys: keys('a') }));
    await ofCatalog().created();
    await expect(ofCatalog().next()).rejects.toMatchObject({ context: { watchersMax: 8 } });
  });

  it('count a watcher out as soon as its signal aborts, though it waits in nobody’s loop', async () => {
    await using store = open({ limits: { watchersMax: 1 } });
    const left = await watch(store, 'a').created();
    left.abort();
    await using next = await watch(store, 'a').created();
    expect(next.delivered).toBe(1);
  });
});

describe('what a log could not say', () => {
  const version = (value: number): Compare => ({
    keyspace: 'user',
    keys: keys('a'),
    relation: 'equal',
    target: { kind: 'version', value },
  });

  it.each<readonly [string, Omit<TxnRequest, 'principal'>]>([
    ['a version below 0', { compares: [version(-1)] }],
    ['half a version', { compares: [version(0.5)] }],
    ['session 0', { idempotency: { session: sessionId(0n), sequence: 1 } }],
    ['keys changed since revision 0', { success: [get('a', { minModRevision: revision(0) })] }],
    ['keys changed until revision 0', { success: [get('a', { maxModRevision: revision(0) })] }],
    ['keys made since revision 0', { success: [get('a', { minCreateRevision: revision(0) })] }],
    ['keys made until revision 0', { success: [get('a', { maxCreateRevision: revision(0) })] }],
  ])('is refused: %s', async (_what, request) => {
    await using store = open();
    await expect(store.txn({ principal, ...request })).rejects.toMatchObject({ code: 'KV_MALFORMED_REQUEST' });
  });
});

describe('a closed store', () => {
  it('ends its watches and refuses requests', async () => {
    const store = open();
    await using reader = await watch(store, 'a').created();
    const failure = reader.next();
    await store[Symbol.asyncDispose]();
    await expect(failure).rejects.toBeInstanceOf(StoreClosedError);
    await expect(putOne(store, 'a', '1')).rejects.toBeInstanceOf(StoreClosedError);
    await expect(read(store, 'a')).rejects.toBeInstanceOf(StoreClosedError);
  });
});

class NotAllowed extends PortolanError {
  readonly code = 'TEST_NOT_ALLOWED';
  readonly kind: ErrorKind = 'forbidden';
}

function refuseWritesToCatalog(_who: Principal, action: KvAction): void {
  if (action.kind === 'write' && action.keyspace === 'catalog') throw new NotAllowed('no', { fix: 'ask' });
}

describe('authorize', () => {
  const ada: Principal = { kind: 'user', name: 'ada' };

  function guarded(may: (action: KvAction) => boolean): { store: EmbeddedStore; asked: string[] } {
    const asked: string[] = [];
    const store = open({
      authorize: (who, action) => {
        const where = 'keyspace' in action ? ` ${action.keyspace}` : '';
        const what = 'keys' in action ? `/${action.keys.key}` : '';
        asked.push(`${who.kind === 'user' ? who.name : who.kind} ${action.kind}${where}${what}`);
        if (!may(action)) throw new NotAllowed('no', { fix: 'ask' });
      },
    });
    return { store, asked };
  }

  it('is asked about everything a transaction may do, on both branches and inside', async () => {
    const { store, asked } = guarded(() => true);
    await store.txn({
      principal: ada,
      compares: [{ keyspace: 'user', keys: keys('a'), relation: 'equal', target: { kind: 'version', value: 0 } }],
      success: [put('b', '1', { keyspace: 'system' }), { kind: 'txn', failure: [del('c*')] }],
      failure: [get('d'), put('e', '1', { previous: true })],
    });
    expect(asked).toEqual([
      'ada read user/a',
      'ada write system/b',
      'ada write user/c',
      'ada read user/d',
      'ada write user/e',
      'ada read user/e',
    ]);
  });

  it('is asked before anything happens', async () => {
    const { store } = guarded(({ kind }) => kind !== 'write');
    await expect(write(store, put('a', '1'))).rejects.toBeInstanceOf(NotAllowed);
    expect(await revisionOf(store)).toBe(1);
  });

  it('is asked by every method that touches keys or leases', async () => {
    const { store, asked } = guarded(() => true);
    const { id } = await store.grantLease({ principal: ada, ttlSeconds: 10 });
    await store.txn({ principal: ada, success: [put('a', '1', { lease: id })] });
    await store.range({ principal: ada, keyspace: 'catalog', keys: keys('x') });
    await using reader = await watch(store, 'w').created();
    await store.keepAlive({ principal: ada, id });
    await store.timeToLive({ principal: ada, id });
    await store.leases({ principal: ada });
    await store.revokeLease({ principal: ada, id });
    await store.compact({ principal: ada, keyspace: 'user', revision: await revisionOf(store) });
    expect(reader.delivered).toBe(1 + 1);
    expect(asked).toEqual([
      'ada lease',
      'ada write user/a',
      'ada read catalog/x',
      'anonymous read user/w',
      'ada lease',
      'ada lease',
      'ada lease',
      'ada lease',
      'ada write user/a',
      'ada compact user',
    ]);
  });

  it('forbids a lease for a keyspace that one may not write to', async () => {
    const { store, asked } = guarded((action) => !(action.kind === 'write' && action.keyspace === 'catalog'));
    await expect(store.grantLease({ principal: ada, ttlSeconds: 10, keyspace: 'catalog' })).rejects.toBeInstanceOf(
      NotAllowed,
    );
    await store.grantLease({ principal: ada, ttlSeconds: 10, keyspace: 'system' });
    await store.grantLease({ principal: ada, ttlSeconds: 10, keyspace: 'user' });
    expect(asked).toEqual(['ada lease', 'ada write catalog/', 'ada lease', 'ada write system/', 'ada lease']);
  });

  it('forbids to revoke a lease whose keys one may not delete', async () => {
    const { store } = guarded((action) => !(action.kind === 'write' && action.keyspace === 'catalog'));
    const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
    await putOne(store, 'a', '1', id);
    await expect(write(store, put('a', '1', { keyspace: 'catalog', lease: id }))).rejects.toBeInstanceOf(NotAllowed);
    await expect(store.revokeLease({ principal, id })).resolves.toMatchObject({ revision: 3 });
  });

  it('forbids it for keys that are attached while it is asked, too', async () => {
    const { openLog, log } = directed();
    const store = open({ openLog, authorize: refuseWritesToCatalog });
    const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
    const gate = Promise.withResolvers<undefined>();
    log().barrier = gate.promise;
    const revoked = store.revokeLease({ principal, id });
    log().append({
      kind: 'txn',
      txn: { success: [put('a', '1', { keyspace: 'catalog', lease: id })] },
      idempotency: undefined,
    });
    gate.resolve(undefined);
    await expect(revoked).rejects.toBeInstanceOf(NotAllowed);
  });
});
