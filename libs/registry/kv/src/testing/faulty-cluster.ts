import { PortolanError, type Rng } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import { partition, type Cut } from '@portolan/virtual-world';
import { revision, sessionId } from '../ids.ts';
import { plain } from './comparison.ts';
import { KvCluster } from './kv-cluster.ts';
import { keys, principal, put, txn } from './shorthand.ts';
import { WatchReader } from './watch-reader.ts';
import type { WatchEvent } from '../watch-request.ts';

const CLIENTS = 4;
const WRITES = 40;
const FAULTS_MS = 30_000;

/** Snapshots often, and few entries behind them: members that were away are brought back by one. */
const MEMBER = { snapshots: { entries: 40, keepEntries: 5 } };

/** What happened, over all seeds. */
const seen = new Set<string>();

/** Something is always wrong with at most one of three members. */
class Faults {
  readonly #cluster: KvCluster;
  readonly #rng: Rng;
  #cut: Cut | undefined;

  constructor(cluster: KvCluster) {
    this.#cluster = cluster;
    this.#rng = cluster.world.rng;
  }

  async run(): Promise<void> {
    const { world } = this.#cluster;
    for (let until = world.clock.now() + FAULTS_MS; world.clock.now() < until;) {
      this.#break();
      await world.clock.advance(500 + this.#rng.below(4_000));
      this.repair();
      await world.clock.advance(this.#rng.below(2_000));
    }
  }

  repair(): void {
    if (this.#cut !== undefined) this.#cluster.world.network.heal(this.#cut);
    this.#cut = undefined;
    for (const id of this.#cluster.ids) {
      this.#cluster.raft.host(id).resume();
      this.#cluster.raft.restart(id);
    }
  }

  #break(): void {
    const { ids, raft, world } = this.#cluster;
    const id = ids[this.#rng.below(ids.length)];
    if (id === undefined) return;
    const what = ['crash', 'pause', 'cut'][this.#rng.below(3)] ?? 'cut';
    seen.add(what);
    if (what === 'crash') this.#cluster.crash(id);
    else if (what === 'pause') raft.host(id).pause();
    else {
      const others = ids.filter((other) => other !== id).map((other) => `n${String(other)}`);
      this.#cut = world.network.cut(partition([[`n${String(id)}`], others]));
    }
  }
}

/** Nobody answers any more: the member's process has ended. */
class EndedError extends Error {
  override readonly name = 'EndedError';
}

/** Anything else is a bug. */
function requireFault(error: unknown): void {
  if (!(error instanceof EndedError || error instanceof PortolanError)) throw error;
}

/** Waits no longer than the member lives; what was asked of a dead one may have happened. */
async function unlessEnded<Value>(cluster: KvCluster, id: MemberId, promise: Promise<Value>): Promise<Value> {
  const ended = cluster.ended(id).then(() => Promise.reject(new EndedError()));
  return Promise.race([promise, ended]);
}

function pick(cluster: KvCluster): MemberId | undefined {
  const running = cluster.ids.filter((id) => cluster.hasStore(id));
  return running[cluster.world.rng.below(Math.max(1, running.length))];
}

const pause = (cluster: KvCluster, ms: number): Promise<void> =>
  new Promise((resolve) => {
    cluster.world.clock.after(ms, resolve);
  });

/** Writes its key `WRITES` times, each until it is acknowledged, whatever happens to whom it asks. */
async function client(cluster: KvCluster, number: number): Promise<void> {
  for (let sequence = 1; sequence <= WRITES;) {
    await pause(cluster, cluster.world.rng.below(500));
    const id = pick(cluster);
    if (id === undefined) continue;
    const idempotency = { session: sessionId(BigInt(number + 1)), sequence };
    const write = txn(cluster.store(id), { success: [put(`c${String(number)}`, String(sequence))], idempotency });
    try {
      await unlessEnded(cluster, id, write);
      sequence += 1;
    } catch (error) {
      requireFault(error);
      seen.add('a write was tried again');
    }
  }
}

/** Watches everything from the beginning, and goes on at another member where one has ended. */
class Watching {
  readonly events: WatchEvent[] = [];
  failure: unknown;
  #next = revision(2);

  async follow(cluster: KvCluster): Promise<void> {
    try {
      for (;;) {
        const id = pick(cluster);
        if (id !== undefined) await this.#follow(cluster, id);
        await pause(cluster, 100);
      }
    } catch (error) {
      this.failure = error;
    }
  }

  async #follow(cluster: KvCluster, id: MemberId): Promise<void> {
    const request = { keyspace: 'user', keys: keys('*'), startRevision: this.#next } as const;
    const reader = new WatchReader(cluster.store(id), request);
    try {
      for (;;) {
        const { events, revision: delivered } = await unlessEnded(cluster, id, reader.next());
        this.events.push(...events);
        this.#next = revision(delivered + 1);
      }
    } catch (error) {
      requireFault(error);
      seen.add('a watch went on elsewhere');
    }
  }
}

/** @param seeds eight meet everything that is to be met */
export function describeFaultyCluster(seeds: readonly number[]): void {
  describe('a cluster in which something is always wrong', () => {
    it.each(seeds)(
      'applies each write once, shows watchers each change once, and has one state (seed %d)',
      async (seed) => {
        const cluster = new KvCluster({
          seed,
          members: 3,
          member: MEMBER,
          store: { autoCompaction: 'off' },
          onEvent: ({ kind }) => {
            if (kind === 'installing') seen.add('a snapshot was installed');
          },
        });
        const faults = new Faults(cluster);
        await cluster.leader();
        const watching = Array.from({ length: 3 }, () => new Watching());
        for (const one of watching) void one.follow(cluster);
        const written = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(cluster, number)));
        await faults.run();
        faults.repair();
        await cluster.answer(written);
        await cluster.world.clock.advance(5_000);

        const store = cluster.store(await cluster.leader());
        const { keyValues } = await cluster.answer(store.range({ principal, keyspace: 'user', keys: keys('*') }));
        expect(keyValues.map(({ version }) => version)).toEqual(Array.from({ length: CLIENTS }, () => WRITES));
        const all = new WatchReader(store, { keyspace: 'user', keys: keys('*'), startRevision: revision(2) });
        const expected = plain(await cluster.answer(all.until(CLIENTS * WRITES)));
        for (const { events, failure } of watching) {
          expect(failure).toBeUndefined();
          expect(plain(events)).toEqual(expected);
        }
        expect(cluster.stores).toHaveLength(3);
        expect(new Set(cluster.stores.map((one) => one.hash().sha256)).size).toBe(1);
      },
    );

    it('has met what it was to meet', () => {
      expect([...seen].sort()).toEqual([
        'a snapshot was installed',
        'a watch went on elsewhere',
        'a write was tried again',
        'crash',
        'cut',
        'pause',
      ]);
    });
  });
}
