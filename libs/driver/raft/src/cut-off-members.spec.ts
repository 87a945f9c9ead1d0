import { DEFAULT_LIMITS, memberId, type MemberId } from '@portolan/raft';
import { blackHole, cutLinks, partition, VirtualWorld } from '@portolan/virtual-world';
import { TICK_MS, type MemberEvent } from './options.ts';
import { Counter } from './testing/counter.ts';
import type { Envelope } from './testing/envelope.ts';
import { VirtualCluster } from './testing/virtual-cluster.ts';

const ELECTION_MS = DEFAULT_LIMITS.electionTicks * TICK_MS;
const SEEDS = [1, 2, 3, 4, 5];
const ONE = new Uint8Array([1]);

const nameOf = (id: MemberId): string => `n${id}`;

class Stage {
  readonly world: VirtualWorld<Envelope>;
  readonly cluster: VirtualCluster<number, Counter>;
  readonly isolated: MemberId[] = [];

  constructor(seed: number) {
    this.world = new VirtualWorld<Envelope>({ seed });
    this.cluster = new VirtualCluster<number, Counter>({
      world: this.world,
      createMachine: () => new Counter(),
      member: { segmentBytes: 16_384 },
      onEvent: (id, event: MemberEvent) => {
        if (event.kind === 'isolated') this.isolated.push(id);
      },
    });
  }

  static async open(seed: number): Promise<Stage> {
    const stage = new Stage(seed);
    stage.cluster.bootstrap(3);
    await stage.world.clock.advance(5_000);
    stage.isolated.length = 0;
    return stage;
  }

  get leader(): MemberId {
    const { leader } = this.cluster;
    if (leader === undefined) throw new Error('nobody leads');
    return leader.member.status.id;
  }

  follower(number: number): MemberId {
    const found = this.cluster.ids.filter((id) => id !== this.leader)[number];
    if (found === undefined) throw new Error('nobody follows');
    return found;
  }

  /** `ok 812` or `RAFT_NO_LEADER 812`: how it ended, and after how long, ms. */
  async outcomes(...asked: readonly (() => Promise<unknown>)[]): Promise<(readonly [string, number])[]> {
    const from = this.world.clock.now();
    const ended: (readonly [string, number])[] = [];
    const all = asked.map(async (ask) => {
      const outcome = await ask().then(
        () => 'ok',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
      );
      ended.push([outcome, this.world.clock.now() - from]);
    });
    await this.world.clock.advance(8_000);
    await Promise.all(all);
    return ended;
  }
}

describe.each(SEEDS)('a member that is cut off from a majority (seed %i)', (seed) => {
  it('and led, tells whoever waits within two election time-outs, and whoever asks later at once', async () => {
    const stage = await Stage.open(seed);
    const { leader, world, cluster } = stage;
    const member = cluster.member(leader);
    const others = cluster.ids.filter((id) => id !== leader);
    const cut = world.network.cut(partition([[nameOf(leader)], others.map(nameOf)]));
    const waiting = await stage.outcomes(
      () => member.propose(ONE),
      () => member.readBarrier(),
    );
    expect(waiting.map(([code]) => code).sort()).toEqual(['RAFT_NO_LEADER', 'RAFT_PROPOSAL_UNKNOWN']);
    for (const [, ms] of waiting) expect(ms).toBeLessThanOrEqual(2 * ELECTION_MS + TICK_MS);
    const later = await stage.outcomes(
      () => member.propose(ONE),
      () => member.readBarrier(),
    );
    expect(later).toEqual([
      ['RAFT_NO_LEADER', 0],
      ['RAFT_NO_LEADER', 0],
    ]);
    expect(stage.isolated).toEqual([leader]);
    world.network.heal(cut);
    await world.clock.advance(3_000);
    const [healed] = await stage.outcomes(() => member.readBarrier());
    expect(healed?.[0]).toBe('ok');
  });

  it('and followed, does so as soon as it has missed its leader and heard nobody', async () => {
    const stage = await Stage.open(seed);
    const { world, cluster } = stage;
    const alone = stage.follower(0);
    const member = cluster.member(alone);
    world.network.cut(blackHole(nameOf(alone), 'in'));
    const waiting = await stage.outcomes(
      () => member.propose(ONE),
      () => member.readBarrier(),
    );
    for (const [code] of waiting) expect(['RAFT_NO_LEADER', 'RAFT_PROPOSAL_UNKNOWN']).toContain(code);
    for (const [, ms] of waiting) expect(ms).toBeLessThanOrEqual(2.5 * ELECTION_MS + 2 * TICK_MS);
    expect((await stage.outcomes(() => member.propose(ONE)))[0]).toEqual(['RAFT_NO_LEADER', 0]);
    expect(stage.isolated).toEqual([alone]);
  });

  it('and only not heard by its leader, does not let reads wait', async () => {
    const stage = await Stage.open(seed);
    const mute = stage.follower(0);
    stage.world.network.cut(cutLinks([[nameOf(mute), nameOf(stage.leader)]]));
    const [waiting] = await stage.outcomes(() => stage.cluster.member(mute).readBarrier());
    expect(waiting?.[0]).toBe('RAFT_READ_TIMEOUT');
    expect(waiting?.[1]).toBeLessThanOrEqual(3 * ELECTION_MS + TICK_MS);
  });
});

it('a member that has started alone is patient once: as long as one answer may take', async () => {
  const stage = await Stage.open(1);
  const { cluster } = stage;
  const alone = stage.follower(0);
  for (const id of cluster.ids) cluster.crash(id);
  cluster.restart(alone);
  await stage.world.clock.advance(100);
  const member = cluster.member(alone);
  const [first] = await stage.outcomes(() => member.readBarrier());
  expect(first?.[0]).toMatch(/RAFT_(NO_LEADER|READ_TIMEOUT)/);
  expect(first?.[1]).toBeGreaterThan(6 * ELECTION_MS);
  expect(await stage.outcomes(() => member.readBarrier())).toEqual([['RAFT_NO_LEADER', 0]]);
});

it('a learner that does not hear its leader any more says so too, and serves again once it does', async () => {
  const stage = await Stage.open(1);
  const { world, cluster } = stage;
  const learner = memberId(4n);
  cluster.add(learner);
  cluster.member(stage.leader).change([{ kind: 'add-learner', member: learner }]);
  await world.clock.advance(3_000);
  const member = cluster.member(learner);
  const cut = world.network.cut(blackHole(nameOf(learner), 'in'));
  await world.clock.advance(2 * ELECTION_MS + 2 * TICK_MS);
  expect(await stage.outcomes(() => member.readBarrier())).toEqual([['RAFT_NO_LEADER', 0]]);
  expect(stage.isolated).toEqual([learner]);
  world.network.heal(cut);
  await world.clock.advance(1_000);
  expect((await stage.outcomes(() => member.readBarrier()))[0]?.[0]).toBe('ok');
});

it.each(SEEDS)('what is asked while a leader is replaced waits for the next one (seed %i)', async (seed) => {
  const stage = await Stage.open(seed);
  const [one, other] = [stage.follower(0), stage.follower(1)];
  stage.cluster.crash(stage.leader);
  await stage.world.clock.advance(2 * TICK_MS);
  const asked = [one, other].map((id) => stage.cluster.member(id));
  const reads = await stage.outcomes(...asked.map((member) => () => member.readBarrier()));
  expect(reads.map(([outcome]) => outcome)).toEqual(['ok', 'ok']);
  expect(stage.isolated).toEqual([]);
});
