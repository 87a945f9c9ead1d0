import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import fc from 'fast-check';
import {
  createEmbeddedStore,
  openEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
} from './embedded-store.ts';
import { CompactedError, StaleSnapshotError, StoreClosedError } from './errors.ts';
import { createIncarnation, KEYSPACES, leaseId, revision, type Keyspace } from './ids.ts';
import type { LogMachine } from './log/log.ts';
import type { Command } from './machine/command.ts';
import { aCommand, aKeyspace, aWatch } from './testing/arbitraries.ts';
import { plain } from './testing/comparison.ts';
import { directed, DirectedLog } from './testing/directed-log.ts';
import { matches } from './testing/naive-store.ts';
import { inSlices, Replica } from './testing/replica.ts';
import { eventText, keys, list, principal, put, putOne, read, revisionOf } from './testing/shorthand.ts';
import { WatchReader } from './testing/watch-reader.ts';
import { PLACES_MAX } from './watch/watcher.ts';
import type { Operation } from './txn-request.ts';
import type { WatchEvent, WatchRequest } from './watch-request.ts';

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });
const compact = (at: number, keyspace: Keyspace = 'user'): Command => ({
  kind: 'compact',
  keyspace,
  revision: revision(at),
});

function optionsOf(clock: VirtualClock): EmbeddedStoreOptions {
  const rng = createSeededRng(1);
  return { clock, rng, incarnation: createIncarnation(rng), autoCompaction: 'off' };
}

/** A store that follows `leader`, entry by entry or by its snapshots. */
class Follower implements AsyncDisposable {
  readonly leader = new Replica();
  readonly clock = new VirtualClock();
  readonly store: EmbeddedStore;
  readonly log: DirectedLog;
  /** The leader has something that this store has not. */
  isBehind = false;

  constructor() {
    const { openLog, log } = directed();
    this.store = createEmbeddedStore({ ...optionsOf(this.clock), openLog });
    this.log = log();
    this.log.elect(2n);
  }

  /** Both have it, each by itself. */
  follow(...commands: readonly Command[]): void {
    for (const command of commands) {
      this.leader.apply(command, this.log.leadership().term);
      this.log.append(command);
    }
  }

  /** The leader alone has it. */
  miss(...commands: readonly Command[]): void {
    for (const command of commands) this.leader.apply(command, this.log.leadership().term);
    this.isBehind = true;
  }

  async catchUp(): Promise<void> {
    const { machine } = this.leader;
    await this.log.restore(inSlices(machine.snapshot()), machine.index);
    this.isBehind = false;
  }

  watch(range: string, extras: Partial<WatchRequest> = {}): WatchReader {
    return new WatchReader(this.store, { keyspace: 'user', keys: keys(range), ...extras });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}

/** A watch beside all that happened. */
class WatchedByModel {
  readonly reader: WatchReader;
  readonly #follower: Follower;
  readonly #request: Omit<WatchRequest, 'principal'>;
  #isEnded = false;

  constructor(follower: Follower, request: Omit<WatchRequest, 'principal'>) {
    this.#follower = follower;
    this.#request = request;
    this.reader = new WatchReader(follower.store, request);
  }

  /** What has been delivered is what happened, or its beginning if the watch has ended. */
  async compare(): Promise<'delivered' | 'quiet' | 'compacted'> {
    const expected = this.#expected();
    if (!this.#isEnded) {
      try {
        await this.reader.until(expected.length);
      } catch (error) {
        if (!(error instanceof CompactedError)) throw error;
        this.#isEnded = true;
      }
    }
    const { events } = this.reader;
    expect(plain(events)).toEqual(plain(this.#isEnded ? expected.slice(0, events.length) : expected));
    return this.#isEnded ? 'compacted' : expected.length > 0 ? 'delivered' : 'quiet';
  }

  #expected(): readonly WatchEvent[] {
    const { keyspace, keys, startRevision = revision(2), events = 'all', previous = false } = this.#request;
    return this.#follower.leader.changes
      .filter((one) => one.keyspace === keyspace && one.change.revision >= startRevision)
      .flatMap((one) => one.change.events)
      .filter(({ event }) => matches(event, keys, events))
      .map((one) => (previous ? { ...one.event, previous: one.previous } : one.event));
  }
}

/** Of one key more than a watch remembers, and some others between. */
const FLOOD = Array.from({ length: PLACES_MAX + 12 }, (_, value) => txn(put(value % 8 === 0 ? 'b' : 'a', '1')));

/** As of a client that comes back: from a revision that there is still a history of. */
async function begunLately(
  follower: Follower,
  watches: readonly Omit<WatchRequest, 'principal'>[],
): Promise<readonly WatchedByModel[]> {
  const { revision: current, keyspaces } = await follower.store.status();
  const readers = watches.map((request, back) => {
    const startRevision = revision(Math.max(keyspaces[request.keyspace].oldest, current - 20 * back));
    return new WatchedByModel(follower, { ...request, startRevision });
  });
  await Promise.all(readers.map(({ reader }) => reader.created()));
  return readers;
}

describe('a store that is given a snapshot while it runs', () => {
  it('stands on it: reads of the past, leases and status are its', async () => {
    await using one = new Follower();
    one.follow({ kind: 'grant', id: leaseId(7n), ttlSeconds: 10 }, txn(put('a', '1', { lease: leaseId(7n) })));
    one.miss(txn(put('a', '2')), txn(put('b', '3')), compact(3));
    await one.catchUp();
    expect(await list(one.store, '*')).toEqual(['a=2', 'b=3']);
    expect(await list(one.store, '*', { revision: revision(3) })).toEqual(['a=2']);
    await expect(read(one.store, 'a', { revision: revision(2) })).rejects.toBeInstanceOf(CompactedError);
    expect(await one.store.leases({ principal })).toMatchObject({ ids: [7n], revision: 4 });
    expect((await one.store.status()).keyspaces.user).toEqual({ oldest: 3, keys: 2, bytes: 4 });
    one.follow(txn(put('c', '4')));
    expect(one.store.hash()).toEqual({ index: one.leader.machine.index, sha256: expect.any(String) as string });
    expect(await revisionOf(one.store)).toBe(5);
  });

  it('goes on with its watches without a gap: what waits to be read, what it missed, what comes', async () => {
    await using one = new Follower();
    await using idle = await one.watch('a*').created();
    await using behind = await one.watch('a*', { previous: true }).created();
    one.follow(txn(put('a1', '1')), txn(put('b', '1')));
    expect((await idle.until(1)).map(eventText)).toEqual(['2 put a1=1']);
    const waiting = idle.next();
    one.miss(txn(put('a2', '2')), txn(put('b', '2')), txn(put('a1', '3'), put('a2', '3')));
    await one.catchUp();
    await waiting;
    one.follow(txn(put('a2', '4')));
    const expected = ['2 put a1=1', '4 put a2=2', '6 put a1=3', '6 put a2=3', '7 put a2=4'];
    for (const reader of [idle, behind]) expect((await reader.until(5)).map(eventText)).toEqual(expected);
    expect(plain(behind.events.at(-1))).toMatchObject({ previous: { value: '3', version: 2 } });
    expect(idle.delivered).toBe(7);
  });

  it('ends a watch with CompactedError when nobody knows whether it missed something', async () => {
    await using one = new Follower();
    await using watching = await one.watch('a*').created();
    await using unread = await one.watch('a*').created();
    await using other = await one.watch('a*', { keyspace: 'catalog' }).created();
    await using later = await one.watch('a*', { startRevision: revision(5) }).created();
    one.follow(txn(put('a', '1')));
    await watching.until(1);
    one.miss(txn(put('b', '2')), txn(put('b', '3')), compact(4), txn(put('a', '5')));
    await one.catchUp();
    await expect(watching.next()).rejects.toMatchObject({ code: 'KV_COMPACTED', oldest: 4 });
    await expect(unread.next()).rejects.toBeInstanceOf(CompactedError);
    expect((await later.until(1)).map(eventText)).toEqual(['5 put a=5']);
    one.follow(txn(put('a', '6', { keyspace: 'catalog' })));
    expect((await other.until(1)).map(eventText)).toEqual(['6 put a=6']);
  });

  it('lets a watch of the future wait on', async () => {
    await using one = new Follower();
    await using future = await one.watch('a', { startRevision: revision(4) }).created();
    one.miss(txn(put('a', '2')));
    await one.catchUp();
    one.follow(txn(put('a', '3')), txn(put('a', '4')));
    expect((await future.until(1)).map(eventText)).toEqual(['4 put a=4']);
  });

  it('never goes back: an older snapshot is refused, and nothing happens', async () => {
    await using one = new Follower();
    one.follow(txn(put('a', '1')));
    const older = [...one.leader.machine.snapshot()];
    one.follow(txn(put('a', '2')));
    await expect(one.log.machine.restore(inSlices(older))).rejects.toBeInstanceOf(StaleSnapshotError);
    expect(await list(one.store, '*')).toEqual(['a=2']);
  });

  it('delivers what a store would that has seen each entry, or says that it cannot', async () => {
    const seen = new Set<string>();
    // Whatever may come, and often a change that some watch sees.
    const aChange = fc
      .tuple(aKeyspace, fc.constantFrom('a', 'ab', 'b'), fc.constantFrom('1', '2'))
      .map(([keyspace, key, value]) => txn(put(key, value, { keyspace })));
    const aNearWatch = aWatch.map(({ startRevision, ...watch }) =>
      startRevision === undefined ? watch : { ...watch, startRevision: revision(1 + (startRevision % 9)) },
    );
    const aStep = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('follow', 'follow', 'miss', 'forget', 'catch up', 'read') },
      { weight: 1, arbitrary: fc.constantFrom('watch', 'flood') },
    );
    const steps = fc.array(fc.tuple(aStep, fc.oneof(aCommand, aChange)), { minLength: 10, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, fc.array(aNearWatch, { minLength: 2, maxLength: 5 }), async (history, watches) => {
        await using one = new Follower();
        const readers = watches.map((request) => new WatchedByModel(one, request));
        for (const { reader } of readers) await reader.created();
        for (const [what, command] of history) {
          if (what === 'catch up') await one.catchUp();
          else if (what === 'flood') one[one.isBehind ? 'miss' : 'follow'](...FLOOD);
          else if (what === 'watch') readers.push(...(await begunLately(one, watches)));
          else if (what === 'forget')
            one.miss(...KEYSPACES.map((keyspace) => compact(one.leader.machine.revision, keyspace)));
          else if (what === 'follow' && !one.isBehind) one.follow(command);
          else if (what !== 'read') one.miss(command);
          else if (!one.isBehind) for (const reader of readers) seen.add(await reader.compare());
        }
        await one.catchUp();
        for (const reader of readers) {
          seen.add(await reader.compare());
          await reader.reader[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 200 },
    );
    expect([...seen].sort()).toEqual(['compacted', 'delivered', 'quiet']);
  }, 120_000);

  it('gives each lease its whole time when it begins to lead, those of a snapshot too', async () => {
    await using one = new Follower();
    one.miss({ kind: 'grant', id: leaseId(7n), ttlSeconds: 10 });
    await one.catchUp();
    await one.clock.advance(60_000);
    one.log.elect(1n);
    await one.clock.advance(9_999);
    expect((await one.store.leases({ principal })).ids).toEqual([7n]);
    await one.clock.advance(1);
    expect((await one.store.leases({ principal })).ids).toEqual([]);
  });

  it('compacts what has come in a snapshot, once it leads', async () => {
    const { openLog, log } = directed();
    const autoCompaction = { keepChanges: 100, keepBytes: 1e9 };
    await using store = createEmbeddedStore({ ...optionsOf(new VirtualClock()), openLog, autoCompaction });
    log().elect(2n);
    const leader = new Replica();
    for (let value = 0; value < 500; value += 1) leader.apply(txn(put('a', String(value))));
    await log().restore(inSlices(leader.machine.snapshot()), leader.machine.index);
    log().append(txn(put('a', 'followed')));
    expect(log().proposed).toEqual([]);
    log().elect(1n);
    await putOne(store, 'a', 'led');
    const { revision: current, keyspaces } = await store.status();
    expect(current - keyspaces.user.oldest).toBe(99);
  });
});

describe('a store over a log that is kept', () => {
  const kept = new Replica();
  kept.applyAll([{ kind: 'grant', id: leaseId(7n), ttlSeconds: 10 }, txn(put('a', '1')), txn(put('a', '2'))]);

  /** Reads what it holds, then leads. */
  async function openKept(machine: LogMachine): Promise<DirectedLog> {
    await machine.restore(inSlices(kept.machine.snapshot()));
    return new DirectedLog(machine, kept.machine.index);
  }

  it('begins with what the log holds, its history and its leases', async () => {
    const clock = new VirtualClock();
    await using store = await openEmbeddedStore({ ...optionsOf(clock), openLog: openKept });
    await using reader = new WatchReader(store, { keyspace: 'user', keys: keys('a'), startRevision: revision(2) });
    expect(await putOne(store, 'a', '3')).toBe(4);
    expect((await reader.until(3)).map(eventText)).toEqual(['2 put a=1', '3 put a=2', '4 put a=3']);
    expect((await store.status()).clusterId).toBe(9n);
    await clock.advance(10_000);
    expect((await store.leases({ principal })).ids).toEqual([]);
  });

  it('may lead, apply and expire before it is open', async () => {
    const clock = new VirtualClock();
    const gate = Promise.withResolvers<undefined>();
    const opening = openEmbeddedStore({
      ...optionsOf(clock),
      autoCompaction: { keepChanges: 1, keepBytes: 1e9 },
      openLog: async (machine) => {
        const log = await openKept(machine);
        for (let value = 0; value < 5; value += 1) log.append(txn(put('a', String(value))));
        await clock.advance(20_000);
        await gate.promise;
        return log;
      },
    });
    gate.resolve(undefined);
    await using store = await opening;
    await clock.advance(1_000);
    expect((await store.leases({ principal })).ids).toEqual([]);
    const at = await putOne(store, 'a', 'open');
    expect((await store.status()).keyspaces.user.oldest).toBe(at);
  });

  it('is not there when the log cannot be opened, nor is a timer of it', async () => {
    const clock = new VirtualClock();
    const opening = openEmbeddedStore({
      ...optionsOf(clock),
      openLog: async (machine) => {
        await openKept(machine);
        throw new Error('the disk is gone');
      },
    });
    await expect(opening).rejects.toThrow('the disk is gone');
    expect(clock.pending).toBe(0);
  });
});

describe('a store whose log does not answer', () => {
  const ANY = { principal, keyspace: 'user', keys: keys('a') } as const;

  async function setUp(): Promise<{ store: EmbeddedStore; log: DirectedLog }> {
    const { openLog, log } = directed();
    const store = createEmbeddedStore({ ...optionsOf(new VirtualClock()), openLog });
    await putOne(store, 'a', '1');
    const never = new Promise<void>(() => undefined);
    log().hold = never;
    log().barrier = never;
    return { store, log: log() };
  }

  it('gives up waiting when the caller does, whatever it was asked', async () => {
    const { store } = await setUp();
    const caller = new AbortController();
    const { signal } = caller;
    const id = leaseId(1n);
    const answers = [
      store.range(ANY, signal),
      store.txn({ principal, success: [put('a', '2')] }, signal),
      store.grantLease({ principal, ttlSeconds: 10 }, signal),
      store.keepAlive({ principal, id }, signal),
      store.timeToLive({ principal, id }, signal),
      store.revokeLease({ principal, id }, signal),
      store.leases({ principal }, signal),
      store.compact({ principal, keyspace: 'user', revision: revision(2) }, signal),
    ];
    const reason = new Error('I have no time');
    caller.abort(reason);
    for (const answer of answers) await expect(answer).rejects.toBe(reason);
  });

  it('ends a watch that has not begun, without an error', async () => {
    const { store } = await setUp();
    const reader = new WatchReader(store, { keyspace: 'user', keys: keys('a') });
    const end = reader.ended();
    reader.abort();
    expect(await end).toBe(true);
  });

  it('answers what may be stale, and its status', async () => {
    const { store } = await setUp();
    expect((await store.range({ ...ANY, serializable: true })).keyValues).toHaveLength(1);
    expect(await store.status()).toMatchObject({ term: 1, leaderId: 1n, revision: 2 });
  });

  it('closes the log when it is closed', async () => {
    const { store, log } = await setUp();
    await store[Symbol.asyncDispose]();
    expect(log.isClosed).toBe(true);
    await expect(store.range({ ...ANY, serializable: true })).rejects.toBeInstanceOf(StoreClosedError);
  });
});
