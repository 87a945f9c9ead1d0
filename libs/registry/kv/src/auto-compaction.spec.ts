import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import type { AutoCompaction } from './auto-compaction.ts';
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';
import { createIncarnation, KEYSPACES, type Keyspace } from './ids.ts';
import { directed, type DirectedLog } from './testing/directed-log.ts';
import { put, write } from './testing/shorthand.ts';

const HOUR_MS = 3_600_000;
const MANY = { keepChanges: 1e9, keepBytes: 1e12 };

function open(autoCompaction: AutoCompaction): { store: EmbeddedStore; clock: VirtualClock; log: DirectedLog } {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const { openLog, log } = directed();
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), openLog, autoCompaction });
  return { store, clock, log: log() };
}

const oldest = async (store: EmbeddedStore, keyspace: Keyspace = 'user'): Promise<number> =>
  (await store.status()).keyspaces[keyspace].oldest;

const change = async (store: EmbeddedStore, keyspace: Keyspace = 'user'): Promise<number> =>
  (await write(store, put('a', '1', { keyspace }))).revision;

describe('compaction by age', () => {
  it('keeps what the time asked for has changed, and a tenth more at most', async () => {
    const { store, clock } = open({ ...MANY, keepMs: HOUR_MS });
    const made: { readonly at: number; readonly revision: number }[] = [];
    for (let minute = 0; minute < 300; minute += 1) {
      made.push({ at: clock.now(), revision: await change(store) });
      await clock.advance(60_000);
      const floor = await oldest(store);
      const newestOlder = (ms: number): number => made.findLast(({ at }) => at <= clock.now() - ms)?.revision ?? 0;
      expect(floor).toBeLessThanOrEqual(Math.max(1, newestOlder(HOUR_MS)));
      expect(floor).toBeGreaterThanOrEqual(newestOlder(HOUR_MS * 1.1));
    }
  });

  it('leaves alone what has not changed since, and what is read at its floor', async () => {
    const { store, clock, log } = open({ ...MANY, keepMs: HOUR_MS });
    await change(store);
    await clock.advance(10 * HOUR_MS);
    const floor = await oldest(store);
    const compactions = log.proposed.filter(({ kind }) => kind === 'compact');
    await clock.advance(10 * HOUR_MS);
    expect(await oldest(store)).toBe(floor);
    expect(log.proposed.filter(({ kind }) => kind === 'compact')).toEqual(compactions);
  });

  it('is judged by who leads: another one counts anew, and who does not lead has no timer', async () => {
    const { store, clock, log } = open({ ...MANY, keepMs: HOUR_MS });
    for (let hour = 0; hour < 3; hour += 1) {
      await change(store);
      await clock.advance(HOUR_MS * 0.9);
      log.elect(2n);
      expect(clock.pending).toBe(0);
      log.elect(1n);
    }
    expect(await oldest(store)).toBe(1);
    const last = await change(store);
    await clock.advance(HOUR_MS * 1.2);
    expect(await oldest(store)).toBe(last);
  });
});

describe('bounds of a keyspace of its own', () => {
  it('are each one’s: by age, by changes, and none', async () => {
    const { store, clock } = open({
      ...MANY,
      keepMs: HOUR_MS,
      keyspaces: { catalog: { keepChanges: 5, keepMs: 100 * HOUR_MS }, system: { keepMs: 3 * HOUR_MS } },
    });
    for (let step = 0; step < 20; step += 1) {
      for (const keyspace of KEYSPACES) await change(store, keyspace);
      await clock.advance(HOUR_MS / 10);
    }
    const { revision } = await store.status();
    const kept = await Promise.all(KEYSPACES.map(async (keyspace) => (revision - (await oldest(store, keyspace))) / 3));
    expect(kept.map(Math.round)).toEqual([10, 4, 20]);
  });
});
