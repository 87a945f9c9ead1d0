import { LogLostError, memberId, type MemberId } from '@portolan/raft';
import { VirtualWorld, type VirtualHost } from '@portolan/virtual-world';
import type { MemberEvent } from './options.ts';
import type { RaftMember } from './raft-member.ts';
import { Counter } from './testing/counter.ts';
import { describeEnvelope, type Envelope } from './testing/envelope.ts';
import { VirtualCluster } from './testing/virtual-cluster.ts';

const ONE = new Uint8Array([1]);

class Stage {
  readonly world = new VirtualWorld<Envelope>({ seed: 1, network: { describe: describeEnvelope } });
  readonly events: (readonly [MemberId, MemberEvent])[] = [];
  readonly fatal: (readonly [MemberId, unknown])[] = [];
  readonly cluster = new VirtualCluster<number, Counter>({
    world: this.world,
    createMachine: () => new Counter(),
    member: { segmentBytes: 16_384 },
    onEvent: (id, event) => this.events.push([id, event]),
    onFatal: (id, error) => this.fatal.push([id, error]),
  });

  get leader(): RaftMember<number> {
    const { leader } = this.cluster;
    if (leader === undefined) throw new Error('nobody leads');
    return leader.member;
  }

  get follower(): MemberId {
    const found = this.cluster.ids.find((id) => this.cluster.running.get(id)?.member.status.role === 'follower');
    if (found === undefined) throw new Error('nobody follows');
    return found;
  }

  async propose(count: number): Promise<void> {
    const results = Promise.all(Array.from({ length: count }, () => this.leader.propose(ONE)));
    await this.world.clock.advance(3_000);
    await results;
  }
}

/** As if the volume was not mounted, or was replaced by a new one. */
async function wipe({ drive }: VirtualHost): Promise<void> {
  for (const folder of ['/portolan/wal', '/portolan/snapshots']) {
    for (const name of await drive.list(folder)) await drive.remove(`${folder}/${name}`);
    await drive.syncFolder(folder);
  }
}

it('tells a member that was removed while it was away, and nobody else', async () => {
  const stage = new Stage();
  stage.cluster.bootstrap(3);
  await stage.world.clock.advance(5_000);
  const gone = stage.follower;
  stage.cluster.crash(gone);
  stage.leader.change([{ kind: 'remove', member: gone }]);
  await stage.propose(10);
  const removals = (): MemberId[] => stage.events.filter(([, { kind }]) => kind === 'removed').map(([id]) => id);
  expect(removals()).toEqual([]);
  stage.cluster.restart(gone);
  await stage.world.clock.advance(5_000);
  expect(removals()).toEqual([gone]);
  const { leader, role } = stage.cluster.member(gone).status;
  expect({ leader, role }).toEqual({ leader: undefined, role: 'follower' });
});

it('ends a member whose folder was emptied, with the remedy, and nobody else', async () => {
  const stage = new Stage();
  stage.cluster.bootstrap(3);
  await stage.world.clock.advance(5_000);
  await stage.propose(20);
  const wiped = stage.follower;
  stage.cluster.kill(wiped);
  const isWiped = wipe(stage.cluster.host(wiped));
  await stage.world.clock.advance(1_000);
  await isWiped;
  stage.cluster.restart(wiped);
  await stage.propose(20);
  expect(stage.fatal).toEqual([[wiped, expect.any(LogLostError)]]);
  // The remedy: another takes its place.
  stage.cluster.add(memberId(4n));
  await stage.world.clock.advance(100);
  stage.leader.change([
    { kind: 'add-voter', member: memberId(4n) },
    { kind: 'remove', member: wiped },
  ]);
  await stage.propose(20);
  expect([...stage.cluster.running.values()].map(({ machine }) => machine.sum)).toEqual([60, 60, 60]);
  expect(stage.fatal).toHaveLength(1);
});
