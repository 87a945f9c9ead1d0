import type { Timer } from '@portolan/kernel';
import { NoLeaderError, type Leadership } from '@portolan/raft';
import { VirtualWorld } from '@portolan/virtual-world';
import type { MemberEvent } from './options.ts';
import { Counter } from './testing/counter.ts';
import type { Envelope } from './testing/envelope.ts';
import { VirtualCluster, type Running } from './testing/virtual-cluster.ts';

const EXPIRY = new Uint8Array([100]);
const SEEDS = [1, 2, 3, 4, 5, 6];

/** As who judges leases does: what is due is proposed, in two parts, unless its member has turned out not to be established. */
class Judge {
  readonly told: Leadership[] = [];
  readonly refused: unknown[] = [];
  #timer: Timer | undefined = undefined;

  hear(event: MemberEvent): void {
    if (event.kind !== 'leadership') return;
    this.told.push(event.leadership);
    if (!event.leadership.isEstablished) this.#timer?.cancel();
  }

  watch({ member, life }: Running<number, Counter>, dueInMs: number): void {
    const { term } = member.leadership;
    this.#timer = life.clock.after(dueInMs, () => {
      for (let part = 0; part < 2; part += 1)
        member.propose(EXPIRY, term).catch((error: unknown) => this.refused.push(error));
    });
  }

  get states(): readonly boolean[] {
    return this.told.filter(({ leader }) => leader !== undefined).map(({ isEstablished }) => isEstablished);
  }
}

interface Play {
  readonly seed: number;
  readonly count: number;
  readonly dueInMs: number;
  readonly pausedMs: number;
}

async function play({ seed, count, dueInMs, pausedMs }: Play): Promise<{ judge: Judge; sums: readonly number[] }> {
  const world = new VirtualWorld<Envelope>({ seed });
  const judges = new Map<bigint, Judge>();
  const cluster = new VirtualCluster<number, Counter>({
    world,
    createMachine: () => new Counter(),
    member: { segmentBytes: 16_384 },
    onEvent: (id, event) => {
      const judge = judges.get(id) ?? new Judge();
      judges.set(id, judge);
      judge.hear(event);
    },
  });
  const ids = cluster.bootstrap(count);
  await world.clock.advance(5_000);
  const { leader } = cluster;
  const judge = judges.get(leader?.member.status.id ?? 0n);
  if (leader === undefined || judge === undefined) throw new Error('nobody leads');
  judge.watch(leader, dueInMs);
  for (const id of ids) cluster.host(id).pause();
  await world.clock.advance(pausedMs);
  for (const id of ids) cluster.host(id).resume();
  await world.clock.advance(2_000);
  return { judge, sums: [...cluster.running.values()].map(({ machine }) => machine.sum) };
}

const SITUATIONS = [3, 1].flatMap((count) =>
  [1, 3_000].flatMap((dueInMs) => SEEDS.map((seed) => ({ seed, count, dueInMs }))),
);

it.each(SITUATIONS)(
  'a leader of $count that was stopped, and that nobody has replaced, proposes nothing of what was due $dueInMs ms on (seed $seed)',
  async (situation) => {
    const { judge, sums } = await play({ ...situation, pausedMs: 6_000 });
    expect(judge.states.slice(-3)).toEqual([true, false, true]);
    expect(new Set(judge.told.slice(-3).map(({ term }) => term)).size).toBe(1);
    expect(sums).toEqual(sums.map(() => 0));
    for (const error of judge.refused) expect(error).toBeInstanceOf(NoLeaderError);
    // Due before the next tick, it is the first thing that happens: in time to be noticed, too late to be cancelled.
    expect(judge.refused).toHaveLength(situation.dueInMs === 1 ? 2 : 0);
  },
);

it('a shorter stop, in which nobody could have been elected, changes nothing', async () => {
  const { judge, sums } = await play({ seed: 1, count: 3, dueInMs: 1, pausedMs: 800 });
  expect(judge.states).toEqual([false, true]);
  expect(sums).toEqual([200, 200, 200]);
});

it('a leader that was stopped takes what clients propose, if it turns out to lead still', async () => {
  const world = new VirtualWorld<Envelope>({ seed: 1 });
  const member = { segmentBytes: 16_384 };
  const cluster = new VirtualCluster<number, Counter>({ world, createMachine: () => new Counter(), member });
  const ids = cluster.bootstrap(3);
  await world.clock.advance(5_000);
  const { leader } = cluster;
  const results: unknown[] = [];
  leader?.life.clock.after(1, () => {
    leader.member.propose(new Uint8Array([7])).then(
      (sum) => results.push(sum),
      (error: unknown) => results.push(error),
    );
  });
  for (const id of ids) cluster.host(id).pause();
  await world.clock.advance(6_000);
  for (const id of ids) cluster.host(id).resume();
  await world.clock.advance(2_000);
  expect(results).toEqual([7]);
});
