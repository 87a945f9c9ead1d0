import { createSeededRng, epochMillis } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import fc from 'fast-check';
import { createEmbeddedStore, type EmbeddedStore } from '../embedded-store.ts';
import { incarnation, leaseId, revision, sessionId } from '../ids.ts';
import { openInProcessLog } from '../log/in-process-log.ts';
import { StateMachine } from '../machine/state-machine.ts';
import { inSlices, Replica } from '../testing/replica.ts';
import { get, keys, list, principal, put, putOne, txn, write } from '../testing/shorthand.ts';
import { BackupDamagedError } from './errors.ts';
import { readBackup } from './read-backup.ts';
import { restoreState, REVISION_MARGIN, type RestoredState, type RestoreOptions } from './restore-state.ts';
import { writeBackup } from './write-backup.ts';

const NO_SIGNAL = new AbortController().signal;

function open(): { readonly store: EmbeddedStore; readonly clock: VirtualClock } {
  const clock = new VirtualClock();
  const store = createEmbeddedStore({
    clock,
    rng: createSeededRng(1),
    incarnation: incarnation('before'),
    autoCompaction: 'off',
    openLog: openInProcessLog,
  });
  return { store, clock };
}

async function backupOf(store: EmbeddedStore): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.admin.backup({ principal }, NO_SIGNAL)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function restore(bytes: Uint8Array, options?: RestoreOptions): Promise<RestoredState> {
  return restoreState(await readBackup('the file', inSlices([bytes])), options);
}

/** A member that begins with it. */
async function replica(state: RestoredState): Promise<Replica> {
  const one = new Replica();
  await one.machine.restore(inSlices(state.slices()));
  return one;
}

async function filled(): Promise<{ readonly store: EmbeddedStore; readonly bytes: Buffer }> {
  const { store } = open();
  const { id } = await store.grantLease({ principal, ttlSeconds: 60, id: leaseId(5n) });
  await putOne(store, 'a', '1');
  await putOne(store, 'a', '2', id);
  await write(store, put('b', '3', { keyspace: 'catalog' }), put('cluster/1', 'x', { keyspace: 'system' }));
  await txn(store, { success: [put('once', '1')], idempotency: { session: sessionId(9n), sequence: 1 } });
  return { store, bytes: await backupOf(store) };
}

describe('a backup', () => {
  it('says where and when it was taken', async () => {
    const { store, bytes } = await filled();
    const { header } = await readBackup('the file', inSlices([bytes]));
    const { revision: at } = await store.status();
    expect(header).toEqual({
      clusterId: 1n,
      memberId: 1n,
      incarnation: 'before',
      revision: at,
      index: store.hash().index,
      takenAt: expect.any(Number) as number,
    });
  });

  it('is of the moment at which it was begun, whatever is written while it is read', async () => {
    const { store } = open();
    const value = new Uint8Array(100_000);
    for (let key = 0; key < 30; key += 1) await write(store, { ...put(`k${String(key)}`, ''), value });
    const { sha256 } = store.hash();
    const pieces: Uint8Array[] = [];
    for await (const piece of store.admin.backup({ principal }, NO_SIGNAL)) {
      pieces.push(piece);
      await putOne(store, 'k1', String(pieces.length));
    }
    expect(pieces.length).toBeGreaterThan(15);
    const { slices } = await readBackup('the file', inSlices(pieces));
    const restored = new StateMachine({ changed: () => undefined, restored: () => undefined });
    await restored.restore(slices);
    const again = new Replica();
    await again.machine.restore(inSlices(restored.snapshot()));
    expect(again.machine.keyspaces.user.current.get(put('k1', '').key)?.version).toBe(1);
    expect(sha256).not.toBe(store.hash().sha256);
  });

  it('ends when nobody wants it any more', async () => {
    const { store } = await filled();
    const stopping = new AbortController();
    const pieces = store.admin.backup({ principal }, stopping.signal)[Symbol.asyncIterator]();
    await pieces.next();
    stopping.abort();
    await expect(pieces.next()).rejects.toBe(stopping.signal.reason);
  });

  it('is read as it was written, whatever is in it', async () => {
    const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const whole = fc.maxSafeInteger().map(Math.abs);
    const aHeader = fc.record({
      clusterId: id,
      memberId: id,
      incarnation: fc.string({ maxLength: 100 }).map(incarnation),
      revision: whole.map(revision),
      index: whole,
      takenAt: whole.map(epochMillis),
    });
    const someSlices = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(aHeader, someSlices, async (header, slices) => {
        const read = await readBackup('the file', inSlices(writeBackup(header, slices)));
        expect(read.header).toEqual(header);
        const found: Uint8Array[] = [];
        for await (const slice of read.slices) found.push(Uint8Array.from(slice));
        expect(found).toEqual(slices.map((slice) => Uint8Array.from(slice)));
      }),
    );
  });

  it('is read however it is cut', async () => {
    const { bytes } = await filled();
    const whole = Buffer.concat([...(await restore(bytes)).slices()]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 })), async (lengths) => {
        const pieces: Uint8Array[] = [];
        let start = 0;
        for (const length of lengths) {
          pieces.push(bytes.subarray(start, start + length));
          start += length;
        }
        const opened = await readBackup('the file', inSlices([...pieces, bytes.subarray(start)]));
        expect(Buffer.concat([...(await restoreState(opened)).slices()])).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('of which any byte is another, or missing, is refused with its place', async () => {
    const { bytes } = await filled();
    const places = new Set<number>();
    for (let index = 0; index < bytes.length; index += 1) {
      const damaged = Buffer.from(bytes);
      damaged[index] = bytes.readUInt8(index) ^ 0x55;
      for (const candidate of [damaged, bytes.subarray(0, index)]) {
        const refused = await restore(candidate).catch((error: unknown) => error);
        if (index >= 8 && index < 12 && candidate === damaged) {
          expect(refused).toMatchObject({ code: 'KV_UNKNOWN_BACKUP' });
        } else {
          expect(refused).toBeInstanceOf(BackupDamagedError);
          if (refused instanceof BackupDamagedError) places.add(refused.offset);
        }
      }
    }
    expect(places.size).toBeGreaterThan(5);
    await expect(restore(Buffer.concat([bytes, Buffer.of(0)]))).rejects.toMatchObject({
      message: `the file, byte ${String(bytes.length)}: it goes on after its end`,
    });
  });
});

describe('a state restored from a backup', () => {
  it('has all keys and leases, at a revision that was never used, and no history', async () => {
    const { store, bytes } = await filled();
    const { revision: before } = await store.status();
    const state = await restore(bytes);
    expect(state).toMatchObject({ revision: before + REVISION_MARGIN, keys: 4, leases: 1 });
    const { machine } = await replica(state);
    for (const keyspace of ['user', 'catalog', 'system'] as const) {
      expect(machine.keyspaces[keyspace].floor).toBe(state.revision);
      expect(machine.keyspaces[keyspace].history.length).toBe(0);
    }
    expect(machine.keyspaces.user.current.toArray()).toEqual(
      (await store.range({ principal, keyspace: 'user', keys: keys('*') })).keyValues.map((one) => [one.key, one]),
    );
    expect(machine.leases.keysOf(leaseId(5n))).toEqual([['user', 'a']]);
  });

  it('stands for an entry, though nothing was ever written: else members would begin without it', async () => {
    const { store } = open();
    const state = await restore(await backupOf(store));
    expect(state).toMatchObject({ index: 1, revision: 1 + REVISION_MARGIN, keys: 0 });
    const { machine } = await replica(state);
    expect(machine).toMatchObject({ index: 1, revision: state.revision });
  });

  it('goes on: the next write makes the next revision, a retry is answered, a lease ends with its keys', async () => {
    const { bytes } = await filled();
    const state = await restore(bytes);
    const one = await replica(state);
    const again = {
      kind: 'txn',
      txn: { success: [put('once', '2')] },
      idempotency: { session: sessionId(9n), sequence: 1 },
    } as const;
    expect(one.apply(again)).toMatchObject({ kind: 'txn', revision: 5 });
    expect(one.apply({ kind: 'txn', txn: { success: [put('new', '1')] }, idempotency: undefined })).toMatchObject({
      revision: state.revision + 1,
    });
    one.apply({ kind: 'revoke', id: leaseId(5n) });
    expect(one.machine.keyspaces.user.current.keysArray()).toEqual(['new', 'once']);
    const past = {
      kind: 'txn',
      txn: { success: [get('a', { revision: revision(3) })] },
      idempotency: undefined,
    } as const;
    expect(one.apply(past)).toMatchObject({ kind: 'refused', error: { code: 'KV_COMPACTED' } });
  });

  it('forgets what it is told to, and alarms about members, not that there is no space', async () => {
    const { store } = await filled();
    const alarms = [
      { kind: 'corrupt', memberId: 3n, keyspace: undefined },
      { kind: 'no-space', memberId: 3n, keyspace: 'catalog' },
    ] as const;
    for (const alarm of alarms) await store.admin.raiseAlarm({ principal, ...alarm });
    const state = await restore(await backupOf(store), {
      revisionMargin: 10,
      forget: [{ keyspace: 'system', keys: keys('cluster*') }],
    });
    const { machine } = await replica(state);
    expect(machine.alarms).toEqual([{ kind: 'no-space', memberId: 0n, keyspace: 'catalog' }]);
    expect(machine.keyspaces.system.keys).toBe(0);
    expect(state).toMatchObject({ keys: 3, revision: (await store.status()).revision + 10 });
    expect(await list(store, 'a')).toEqual(['a=2']);
  });
});
