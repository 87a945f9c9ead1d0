import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';
import { FORMAT_LOOK_MS } from './format-agreement.ts';
import { incarnation, leaseId } from './ids.ts';
import type { AlarmRequest } from './kv-admin.ts';
import { encodeCommand } from './log/command-codec.ts';
import { COMMAND_FORMAT } from './machine/command-format.ts';
import { directed } from './testing/directed-log.ts';
import { principal, put, putOne, write } from './testing/shorthand.ts';
import { ReplicatedLog } from './testing/replicated-log.ts';

const OLD = 1;
const NEW = COMMAND_FORMAT;
const alarm: AlarmRequest = { principal, kind: 'corrupt', memberId: 2n, keyspace: undefined };

/** Three members on one log, each of the version that it is started with. */
class Cluster {
  readonly clock = new VirtualClock();
  readonly log = new ReplicatedLog(3);
  readonly #stores = new Map<bigint, EmbeddedStore>();

  start(id: bigint, known: number): EmbeddedStore {
    const store = createEmbeddedStore({
      clock: this.clock,
      rng: createSeededRng(Number(id)),
      incarnation: incarnation('the cluster'),
      limits: { quotaBytes: 1_000, catalogQuotaBytes: 2_000 },
      openLog: this.log.join(id, { known }),
    });
    this.#stores.set(id, store);
    return store;
  }

  /** What each member has in force. Throws when they differ in anything. */
  get formats(): readonly number[] {
    expect(new Set([...this.#stores.values()].map((store) => store.hash().sha256)).size).toBe(1);
    return [...this.#stores.values()].map(({ format }) => format);
  }
}

function cluster(...known: readonly number[]): { readonly one: Cluster; readonly stores: readonly EmbeddedStore[] } {
  const one = new Cluster();
  return { one, stores: known.map((format, index) => one.start(BigInt(index + 1), format)) };
}

describe('the format of commands', () => {
  it('rises when the last member has been upgraded, and not before', async () => {
    const { one, stores } = cluster(OLD, OLD, OLD);
    const [first] = stores;
    if (first === undefined) throw new Error('there are three');
    await putOne(first, 'a', '1');
    for (const id of [2n, 3n]) {
      const upgraded = one.start(id, NEW);
      await putOne(upgraded, 'a', '2');
      await one.clock.advance(FORMAT_LOOK_MS);
      expect(one.formats).toEqual([OLD, OLD, OLD]);
      await expect(upgraded.admin.raiseAlarm(alarm)).rejects.toMatchObject({ code: 'KV_FORMAT_NOT_ACTIVE' });
    }
    one.log.elect(2n);
    const last = one.start(1n, NEW);
    await one.clock.advance(FORMAT_LOOK_MS);
    expect(one.formats).toEqual([NEW, NEW, NEW]);
    expect((await last.admin.raiseAlarm(alarm)).alarms).toHaveLength(1);
    await expect(putOne(last, 'a', '3')).rejects.toMatchObject({ code: 'KV_CORRUPT' });
    expect((await last.admin.disarmAlarm(alarm)).alarms).toEqual([]);
  });

  it('leaves the way back open until then', async () => {
    const { one } = cluster(NEW, NEW, OLD);
    const upgraded = one.start(1n, NEW);
    await putOne(upgraded, 'a', '1');
    const { id } = await upgraded.grantLease({ principal, ttlSeconds: 60, keyspace: 'catalog' });
    await write(upgraded, put('a', '1'.repeat(900)));
    await expect(putOne(upgraded, 'b', '1'.repeat(200))).rejects.toMatchObject({ code: 'KV_QUOTA_EXCEEDED' });
    await putOne(upgraded, 'b', '1', id);
    for (const back of [1n, 2n]) {
      const store = one.start(back, OLD);
      await putOne(store, 'a', 'back');
      expect(one.formats).toEqual([OLD, OLD, OLD]);
    }
  });

  it('once risen, keeps out who does not know it', async () => {
    const { one } = cluster(NEW, NEW, NEW);
    await one.clock.advance(FORMAT_LOOK_MS);
    expect(one.formats).toEqual([NEW, NEW, NEW]);
    expect(() => one.start(2n, OLD)).toThrow('unknown to this member');
  });

  it('is asked for again when that was lost, and never falls', async () => {
    const { openLog, log } = directed();
    const clock = new VirtualClock();
    const rng = createSeededRng(1);
    const store = createEmbeddedStore({ clock, rng, incarnation: incarnation('i'), openLog });
    log().lost = ({ kind }) => kind === 'activate';
    log().format = NEW;
    await clock.advance(FORMAT_LOOK_MS);
    expect(store.format).toBe(OLD);
    log().lost = () => false;
    await clock.advance(FORMAT_LOOK_MS);
    expect(store.format).toBe(NEW);
    log().append({ kind: 'activate', format: OLD });
    expect(store.format).toBe(NEW);
  });

  it('is not asked for while a member has not told what it knows', async () => {
    const { openLog, log } = directed();
    const clock = new VirtualClock();
    const store = createEmbeddedStore({ clock, rng: createSeededRng(1), incarnation: incarnation('i'), openLog });
    await clock.advance(10 * FORMAT_LOOK_MS);
    await putOne(store, 'a', '1');
    expect(log().proposed.map(({ kind }) => kind)).toEqual(['txn']);
    expect(encodeCommand({ kind: 'revoke', id: leaseId(1n) })[1]).toBe(OLD);
  });
});
