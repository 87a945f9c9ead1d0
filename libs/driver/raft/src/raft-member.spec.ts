import { VirtualWorld } from '@portolan/virtual-world';
import { memberId, type MemberId } from '@portolan/raft';
import type { RaftMember } from './raft-member.ts';
import { Counter } from './testing/counter.ts';
import { describeEnvelope, type Envelope } from './testing/envelope.ts';
import { VirtualCluster } from './testing/virtual-cluster.ts';

const ONE = new Uint8Array([1]);
const POLICY = { entries: 100, keepEntries: 20 };

function cluster(
  count: number,
  seed = 1,
): { world: VirtualWorld<Envelope>; raft: VirtualCluster<number, Counter>; ids: readonly MemberId[] } {
  const world = new VirtualWorld<Envelope>({ seed, network: { describe: describeEnvelope } });
  const raft = new VirtualCluster<number, Counter>({
    world,
    createMachine: () => new Counter(),
    member: { segmentBytes: 16_384, snapshots: POLICY },
  });
  return { world, raft, ids: raft.bootstrap(count) };
}

/** Proposes all at once, and waits until all have had their effect. */
async function propose(world: VirtualWorld<Envelope>, member: RaftMember<number>, count: number): Promise<void> {
  const results = Promise.all(Array.from({ length: count }, () => member.propose(ONE)));
  await world.clock.advance(3_000);
  await results;
}

function leaderOf(raft: VirtualCluster<number, Counter>): RaftMember<number> {
  const { leader } = raft;
  if (leader === undefined) throw new Error('nobody leads');
  return leader.member;
}

const sums = (raft: VirtualCluster<number, Counter>): number[] =>
  [...raft.running.values()].map(({ machine }) => machine.sum);

describe('a cluster on a virtual world', () => {
  it.each([1, 3, 5])('of %d elects a leader and applies every command on every member', async (count) => {
    const { world, raft } = cluster(count);
    await world.clock.advance(5_000);
    const results = Promise.all(Array.from({ length: 10 }, () => leaderOf(raft).propose(ONE)));
    await world.clock.advance(1_000);
    expect(await results).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(sums(raft)).toEqual(Array.from({ length: count }, () => 10));
  });

  it('forwards what a follower is asked, and lets it read what was acknowledged', async () => {
    const { world, raft, ids } = cluster(3);
    await world.clock.advance(5_000);
    const follower = ids.map((id) => raft.member(id)).find(({ status }) => status.role === 'follower');
    const result = follower?.propose(new Uint8Array([7]));
    await world.clock.advance(1_000);
    await expect(result).resolves.toBe(7);
    const barrier = follower?.readBarrier();
    await world.clock.advance(1_000);
    await expect(barrier).resolves.toBeUndefined();
  });

  it('has everything again after the power of all members failed', async () => {
    const { world, raft, ids } = cluster(3);
    await world.clock.advance(5_000);
    await propose(world, leaderOf(raft), 250);
    for (const id of ids) raft.crash(id);
    await world.clock.advance(1_000);
    for (const id of ids) raft.restart(id);
    await world.clock.advance(5_000);
    expect(sums(raft)).toEqual([250, 250, 250]);
    // Two snapshots were taken: what came before them is gone from the log, on disk too.
    expect(leaderOf(raft).status.firstIndex).toBeGreaterThan(100);
  });

  it('brings a member up to date by a snapshot when the log it needs is gone', async () => {
    const { world, raft, ids } = cluster(3);
    await world.clock.advance(5_000);
    const away = ids.find((id) => raft.member(id).status.role === 'follower') ?? memberId(0n);
    raft.crash(away);
    await propose(world, leaderOf(raft), 150);
    await propose(world, leaderOf(raft), 150);
    raft.restart(away);
    await world.clock.advance(5_000);
    expect(raft.member(away).status.snapshotIndex).toBeGreaterThan(200);
    expect(sums(raft)).toEqual([300, 300, 300]);
  });

  it('does not say that a proposal failed when its leader is cut off: it may still have an effect', async () => {
    const { world, raft } = cluster(3);
    await world.clock.advance(5_000);
    const leader = leaderOf(raft);
    for (const { life } of raft.running.values()) {
      if (raft.leader?.life !== life) raft.kill(memberId(BigInt(life.host.slice(1))));
    }
    const fate = leader.propose(ONE);
    const told = Promise.allSettled([fate]);
    await world.clock.advance(10_000);
    expect(await told).toMatchObject([{ reason: { code: 'RAFT_PROPOSAL_UNKNOWN' } }]);
    expect(leader.status.role).not.toBe('leader');
  });

  it('replaces a member while it serves', async () => {
    const { world, raft, ids } = cluster(3);
    await world.clock.advance(5_000);
    await propose(world, leaderOf(raft), 120);
    raft.add(memberId(4n));
    await world.clock.advance(100);
    const [gone = memberId(0n)] = ids;
    leaderOf(raft).change([
      { kind: 'add-voter', member: memberId(4n) },
      { kind: 'remove', member: gone },
    ]);
    await world.clock.advance(5_000);
    raft.crash(gone);
    await propose(world, leaderOf(raft), 10);
    expect(leaderOf(raft).status.configuration.voters).toEqual([2n, 3n, 4n]);
    expect(sums(raft)).toEqual([130, 130, 130]);
  });

  it('ends when its state can not be written down: that is no fault of the disk', async () => {
    const world = new VirtualWorld<Envelope>({ seed: 1 });
    const broken = new Error('the state is not what it should be');
    const fatal: unknown[] = [];
    class Unwritable extends Counter {
      override *snapshot(): Generator<Uint8Array, void, undefined> {
        yield new Uint8Array([1]);
        throw broken;
      }
    }
    const raft = new VirtualCluster<number, Counter>({
      world,
      createMachine: () => new Unwritable(),
      member: { segmentBytes: 16_384, snapshots: POLICY },
      onFatal: (_id, error) => fatal.push(error),
    });
    raft.bootstrap(1);
    await world.clock.advance(5_000);
    await propose(world, leaderOf(raft), 150);
    expect(fatal).toEqual([broken]);
  });

  it('waits for room on a full disk, acknowledges nothing meanwhile, and goes on when there is some', async () => {
    const { world, raft } = cluster(1);
    await world.clock.advance(5_000);
    const member = leaderOf(raft);
    const { drive } = world.host('n1');
    drive.setFaults({ capacityBytes: drive.usedBytes });
    const results = Promise.allSettled(Array.from({ length: 400 }, () => member.propose(new Uint8Array(100).fill(1))));
    await world.clock.advance(5_000);
    drive.setFaults({ capacityBytes: Number.POSITIVE_INFINITY });
    await world.clock.advance(10_000);
    await results;
    const again = member.propose(ONE);
    await world.clock.advance(5_000);
    await expect(again).resolves.toBeGreaterThan(0);
  });
});
