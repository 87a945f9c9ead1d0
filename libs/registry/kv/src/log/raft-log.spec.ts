import type { MemberId } from '@portolan/raft';
import { partition, type Cut } from '@portolan/virtual-world';
import { CompactedError, NotLeaderError, OutcomeUnknownError } from '../errors.ts';
import { leaseId, sessionId } from '../ids.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { KvCluster } from '../testing/kv-cluster.ts';
import { eventText, keys, list, principal, put, putOne, txn } from '../testing/shorthand.ts';
import { WatchReader } from '../testing/watch-reader.ts';
import { encodeCommand } from './command-codec.ts';
import { LEASE_GRACE_MS } from './raft-log.ts';

const SMALL = { snapshots: { entries: 50, keepEntries: 10 } };

function cutOff(cluster: KvCluster, id: MemberId): Cut {
  const others = cluster.ids.filter((other) => other !== id).map((other) => `n${String(other)}`);
  return cluster.world.network.cut(partition([[`n${String(id)}`], others]));
}

/** Writes much while `lagging` hears nothing, and lets it come back. */
async function leaveBehind(cluster: KvCluster, lagging: MemberId): Promise<void> {
  const cut = cutOff(cluster, lagging);
  await cluster.world.clock.advance(3_000);
  await putMany(cluster, await cluster.leader(), 200);
  cluster.world.network.heal(cut);
}

/** What a promise is rejected with, or resolves to. */
const outcomeOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

async function putMany(cluster: KvCluster, id: MemberId, count: number): Promise<void> {
  const store = cluster.store(id);
  for (let first = 0; first < count; first += 20) {
    const batch = Array.from({ length: 20 }, (_, index) =>
      putOne(store, `a${String(index % 7)}`, String(first + index)),
    );
    await cluster.answer(Promise.all(batch));
  }
}

/** After the last entry has come to all. */
async function expectSameState(cluster: KvCluster): Promise<void> {
  await cluster.world.clock.advance(3_000);
  const hashes = cluster.stores.map((store) => store.hash());
  expect(new Set(hashes.map(({ sha256, index }) => `${String(index)} ${sha256}`)).size).toBe(1);
}

describe('stores over a Raft cluster', () => {
  it('are one store: what is written through one is read, and watched, through all', async () => {
    const cluster = new KvCluster({ seed: 1, members: 3 });
    const follower = await cluster.follower();
    const readers = await Promise.all(
      cluster.stores.map((store) =>
        cluster.answer(new WatchReader(store, { keyspace: 'user', keys: keys('*') }).created()),
      ),
    );
    expect(await cluster.answer(putOne(cluster.store(follower), 'a', '1'))).toBe(2);
    for (const store of cluster.stores) expect(await cluster.answer(list(store, '*'))).toEqual(['a=1']);
    for (const reader of readers) expect((await reader.until(1)).map(eventText)).toEqual(['2 put a=1']);
    const statuses = await Promise.all(cluster.stores.map((store) => store.status()));
    expect(new Set(statuses.map(({ memberId }) => memberId))).toEqual(new Set(cluster.ids));
    expect(new Set(statuses.map(({ clusterId, leaderId, term }) => `${clusterId} ${leaderId} ${term}`)).size).toBe(1);
    await expectSameState(cluster);
  });

  it('have everything again after the power of all failed: keys, history, leases, answers', async () => {
    const cluster = new KvCluster({ seed: 2, members: 3, member: SMALL });
    const first = await cluster.leader();
    const idempotency = { session: sessionId(7n), sequence: 1 };
    const lease = await cluster.answer(cluster.store(first).grantLease({ principal, ttlSeconds: 30, id: leaseId(9n) }));
    await cluster.answer(txn(cluster.store(first), { success: [put('once', '1', { lease: lease.id })], idempotency }));
    await putMany(cluster, first, 120);
    for (const id of cluster.ids) cluster.crash(id);
    await cluster.world.clock.advance(1_000);
    for (const id of cluster.ids) cluster.raft.restart(id);
    const store = cluster.store(await cluster.leader());
    const retried = await cluster.answer(txn(store, { success: [put('once', '2')], idempotency }));
    expect(retried).toMatchObject({ succeeded: true, revision: 2, incarnation: lease.incarnation });
    expect(await cluster.answer(list(store, 'once'))).toEqual(['once=1']);
    const reader = new WatchReader(store, { keyspace: 'user', keys: keys('*'), startRevision: retried.revision });
    expect(await cluster.answer(reader.until(121))).toHaveLength(121);
    const { remainingSeconds } = (await cluster.answer(store.timeToLive({ principal, id: lease.id }))).lease ?? {};
    expect(remainingSeconds).toBeGreaterThanOrEqual(29);
    await expectSameState(cluster);
  });

  it('go on with the watches of a member that lagged, when its leader sends it a snapshot', async () => {
    const cluster = new KvCluster({ seed: 3, members: 3, member: SMALL, store: { autoCompaction: 'off' } });
    const lagging = await cluster.follower();
    const reader = new WatchReader(cluster.store(lagging), { keyspace: 'user', keys: keys('*'), serializable: true });
    await cluster.answer(reader.created());
    await cluster.answer(putOne(cluster.store(lagging), 'seen', '1'));
    await cluster.answer(reader.until(1));
    const waiting = reader.next();
    await leaveBehind(cluster, lagging);
    await cluster.answer(waiting);
    const events = await cluster.answer(reader.until(201));
    expect(events.map((event) => Number(eventText(event).split(' ')[0]))).toEqual(
      Array.from({ length: 201 }, (_, index) => index + 2),
    );
    expect(cluster.raft.member(lagging).status.snapshotIndex).toBeGreaterThan(100);
    await expectSameState(cluster);
  });

  it('end the watches of a member that lagged when what it missed is compacted', async () => {
    const autoCompaction = { keepChanges: 20, keepBytes: 1e9 };
    const cluster = new KvCluster({ seed: 4, members: 3, member: SMALL, store: { autoCompaction } });
    const lagging = await cluster.follower();
    const reader = new WatchReader(cluster.store(lagging), { keyspace: 'user', keys: keys('*'), serializable: true });
    await cluster.answer(reader.created());
    const end = outcomeOf(reader.next());
    await leaveBehind(cluster, lagging);
    expect(await cluster.answer(end)).toBeInstanceOf(CompactedError);
    await expectSameState(cluster);
  });

  it('end the watches of a member that has lost its leader, and let it open none, but answer what may be stale', async () => {
    const cluster = new KvCluster({ seed: 5, members: 3 });
    const alone = await cluster.leader();
    const store = cluster.store(alone);
    await cluster.answer(putOne(store, 'a', '1'));
    const reader = await cluster.answer(new WatchReader(store, { keyspace: 'user', keys: keys('*') }).created());
    const stays = new WatchReader(store, { keyspace: 'user', keys: keys('*'), serializable: true });
    await cluster.answer(stays.created());
    const end = outcomeOf(reader.next());
    const next = outcomeOf(stays.next());
    const cut = cutOff(cluster, alone);
    const lost = { code: 'RAFT_NO_LEADER', kind: 'unavailable' };
    expect(await cluster.answer(end)).toMatchObject(lost);
    const late = new WatchReader(store, { keyspace: 'user', keys: keys('*') });
    expect(await cluster.answer(outcomeOf(late.next()))).toMatchObject(lost);
    expect(await cluster.answer(outcomeOf(putOne(store, 'a', '2')))).toMatchObject(lost);
    const stale = store.range({ principal, keyspace: 'user', keys: keys('a'), serializable: true });
    expect((await cluster.answer(stale)).keyValues).toHaveLength(1);
    cluster.world.network.heal(cut);
    await cluster.world.clock.advance(3_000);
    await cluster.answer(putOne(store, 'a', '3'));
    expect(await cluster.answer(next)).toMatchObject({ kind: 'events' });
  });
});

describe('a member of a Raft cluster', () => {
  it('stops at a command that it does not know, rather than go on without it', async () => {
    const fatal: unknown[] = [];
    const cluster = new KvCluster({ seed: 9, members: 1, onFatal: (_id, error) => fatal.push(error) });
    const id = await cluster.leader();
    const later = encodeCommand({ kind: 'revoke', id: leaseId(1n) });
    later[1] = COMMAND_FORMAT + 1;
    const fate = cluster.raft.member(id).propose(later);
    await expect(cluster.answer(fate)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(fatal).toMatchObject([
      { code: 'KV_UNKNOWN_COMMAND', context: { what: 'format', number: COMMAND_FORMAT + 1 } },
    ]);
  });
});

describe('leases over a Raft cluster', () => {
  it('live on for their whole time under a new leader, and end on all members', async () => {
    const cluster = new KvCluster({ seed: 5, members: 3 });
    const first = await cluster.leader();
    const { id } = await cluster.answer(cluster.store(first).grantLease({ principal, ttlSeconds: 10 }));
    await cluster.answer(putOne(cluster.store(first), 'a', '1', id));
    await cluster.world.clock.advance(9_000);
    cluster.crash(first);
    const store = cluster.store(await cluster.leader());
    await cluster.world.clock.advance(10_000 + LEASE_GRACE_MS - 100);
    expect(await cluster.answer(list(store, '*'))).toEqual(['a=1']);
    await cluster.world.clock.advance(1_000);
    for (const each of cluster.stores) expect(await cluster.answer(list(each, '*'))).toEqual([]);
  });

  it('are judged by the leader: another member names it, or asks it', async () => {
    const naming = new KvCluster({ seed: 6, members: 3 });
    const leader = await naming.leader();
    const { id } = await naming.answer(naming.store(leader).grantLease({ principal, ttlSeconds: 10 }));
    const follower = naming.store(await naming.follower());
    await expect(naming.answer(follower.keepAlive({ principal, id }))).rejects.toMatchObject({
      code: 'KV_NOT_LEADER',
      leader,
    });
    const asking = new KvCluster({ seed: 6, members: 3, asksLeader: true });
    const granted = await asking.answer(asking.store(await asking.leader()).grantLease({ principal, ttlSeconds: 10 }));
    const asked = asking.store(await asking.follower());
    expect(await asking.answer(asked.keepAlive({ principal, id: granted.id }))).toMatchObject({ ttlSeconds: 10 });
    expect(await asking.answer(asked.timeToLive({ principal, id: granted.id }))).toMatchObject({
      lease: { grantedSeconds: 10 },
    });
  });

  it('are not confirmed by a leader that is cut off, and not ended by it', async () => {
    const cluster = new KvCluster({ seed: 7, members: 3 });
    const deposed = await cluster.leader();
    const { id } = await cluster.answer(cluster.store(deposed).grantLease({ principal, ttlSeconds: 2 }));
    cutOff(cluster, deposed);
    const refused = cluster.store(deposed).keepAlive({ principal, id });
    await expect(cluster.answer(refused)).rejects.toMatchObject({ kind: 'unavailable' });
    await cluster.world.clock.advance(6_000);
    expect((await cluster.answer(cluster.store(await other(cluster, deposed)).leases({ principal }))).ids).toEqual([]);
    await expect(cluster.store(deposed).keepAlive({ principal, id })).rejects.toBeInstanceOf(NotLeaderError);
  });
});

async function other(cluster: KvCluster, id: MemberId): Promise<MemberId> {
  const leader = await cluster.leader();
  return leader === id ? cluster.follower() : leader;
}

describe('a write whose leader is cut off', () => {
  it('is of unknown outcome, and once applied when it is tried again', async () => {
    const cluster = new KvCluster({ seed: 8, members: 3 });
    const deposed = await cluster.leader();
    const session = sessionId(1n);
    const once = (sequence: number): Parameters<typeof txn>[1] => ({
      success: [put('a', String(sequence), { previous: true })],
      idempotency: { session, sequence },
    });
    await cluster.answer(txn(cluster.store(deposed), once(1)));
    const fate = outcomeOf(txn(cluster.store(deposed), once(2)));
    await Promise.resolve();
    cutOff(cluster, deposed);
    expect(await cluster.answer(fate)).toBeInstanceOf(OutcomeUnknownError);
    const store = cluster.store(await other(cluster, deposed));
    for (let attempt = 0; attempt < 3; attempt += 1) await cluster.answer(txn(store, once(2)));
    const { keyValues } = await cluster.answer(store.range({ principal, keyspace: 'user', keys: keys('a') }));
    expect(keyValues).toMatchObject([{ version: 2 }]);
  });
});

describe('a leader that was stopped, and that nobody has replaced', () => {
  it.each([9_980, 9_990, 9_994, 9_996, 9_998])(
    'ends no lease that was due meanwhile: its client could not be heard (after %i ms)',
    async (afterMs) => {
      const cluster = new KvCluster({ seed: 1, members: 3 });
      const { clock } = cluster.world;
      const leader = await cluster.leader();
      await cluster.answer(cluster.store(leader).grantLease({ principal, ttlSeconds: 10, id: leaseId(9n) }));
      // Due a little after the stop: when it goes on, the lessor's timer may come before anything that tells of the stop.
      await clock.advance(afterMs);
      for (const id of cluster.ids) cluster.raft.host(id).pause();
      await clock.advance(6_000);
      for (const id of cluster.ids) cluster.raft.host(id).resume();
      await clock.advance(5_000);
      const store = cluster.store(await cluster.leader());
      expect((await cluster.answer(store.leases({ principal }))).ids).toEqual([9n]);
      await clock.advance(LEASE_GRACE_MS + 10_000);
      expect((await cluster.answer(store.leases({ principal }))).ids).toEqual([]);
    },
  );
});
