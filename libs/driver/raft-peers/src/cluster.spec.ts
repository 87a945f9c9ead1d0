import { memberId } from '@portolan/raft';
import { numberedCommand } from '@portolan/raft-driver/testing';
import { createClient } from '@portolan/rpc';
import { PEER_SERVICE } from './service.ts';
import { Cluster } from './testing/cluster.ts';
import { eventually } from './testing/eventually.ts';
import type { PeerNode } from './testing/peer-node.ts';

const propose = async ({ member }: PeerNode, first: number, count: number): Promise<void> => {
  await Promise.all(Array.from({ length: count }, (_, offset) => member.propose(numberedCommand(first + offset))));
};

const haveAll = (cluster: Cluster, count: number) => (): boolean =>
  [...cluster.machines.values()].every(({ applied }) => applied.size === count);

/** One stream a pair, of which both sides say the same. */
const hasOneStreamAPair = (cluster: Cluster): boolean => {
  const nodes = [...cluster.nodes.values()];
  const dialledBy = ({ peers }: PeerNode, { id }: PeerNode): string | undefined =>
    peers.status().find(({ member }) => member === id)?.connection?.dialledBy;
  const agree = (a: PeerNode, b: PeerNode): boolean => {
    const sides = [dialledBy(a, b), dialledBy(b, a)];
    return sides.includes('us') && sides.includes('peer');
  };
  const connections = nodes.reduce((sum, { proxy }) => sum + proxy.connections, 0);
  const pairs = nodes.flatMap((a, position) => nodes.slice(position + 1).map((b) => [a, b] as const));
  return connections === pairs.length && pairs.every(([a, b]) => agree(a, b));
};

describe('three members over real sockets', () => {
  it('elect a leader and have the same log, over one stream a pair', async () => {
    await using cluster = await Cluster.start(3);
    const leader = await cluster.leader();
    await propose(leader, 0, 500);
    await eventually('all commands at all members', haveAll(cluster, 500));
    await eventually('one stream a pair', () => hasOneStreamAPair(cluster));
    await eventually('round trips', () =>
      [...cluster.nodes.values()].every(({ peers }) =>
        peers
          .status()
          .every(({ connection, name, member }) => connection?.rttMs !== undefined && name === `n${member}`),
      ),
    );
    const metrics = await leader.telemetry.registry.metrics();
    for (const name of ['bytes', 'messages', 'batches', 'dropped_messages', 'snapshot_bytes', 'connects']) {
      expect(metrics).toMatch(new RegExp(`raft_peer_${name}_total{.*peer="\\d".*} \\d`));
    }
    expect(metrics).toMatch(/raft_peer_connected\{.*\} 1/);
    expect(metrics).toMatch(/raft_peer_rtt_seconds\{.*\} 0\.\d/);
  });

  it('lose every connection again and again, and nothing else', async () => {
    await using cluster = await Cluster.start(3);
    for (let round = 0; round < 5; round += 1) {
      const leader = await cluster.leader();
      const proposed = propose(leader, round * 100, 100).catch(() => undefined);
      for (const { proxy } of cluster.nodes.values()) proxy.cut();
      await proposed;
    }
    const leader = await cluster.leader();
    await propose(leader, 1_000, 10);
    const [first, ...others] = [...cluster.machines.values()].map(({ applied }) => applied);
    await eventually('the same at all members', () => others.every((applied) => applied.size === first?.size));
    for (const applied of others) expect(applied).toEqual(first);
    expect(
      [...cluster.nodes.values()].flatMap(({ events }) => events.filter(({ kind }) => kind === 'disconnected')).length,
    ).toBeGreaterThanOrEqual(6);
    await eventually('one stream a pair', () => hasOneStreamAPair(cluster));
  });

  it('notice one that says nothing any more, and go on without it', async () => {
    await using cluster = await Cluster.start(3, { peers: { limits: { silenceMs: 400, pingMs: 100 } } });
    const leader = await cluster.leader();
    const [silent] = [...cluster.nodes.values()].filter((node) => node !== leader);
    if (silent === undefined) throw new Error('a cluster of three has followers');
    for (const { proxy } of cluster.nodes.values()) if (proxy !== leader.proxy) proxy.pause();
    leader.proxy.pause();
    await eventually('silence noticed', () =>
      leader.peers.status().every(({ connection }) => connection === undefined),
    );
    const errors = leader.events.filter(({ kind }) => kind === 'disconnected');
    expect(errors).toMatchObject([{ error: { code: 'RAFT_PEER_SILENT' } }, { error: { code: 'RAFT_PEER_SILENT' } }]);
    for (const { proxy } of cluster.nodes.values()) proxy.resume();
    await propose(await cluster.leader(), 0, 10);
    await eventually('all commands at all members', haveAll(cluster, 10));
  });

  it('a member is called on a connection of its own, and not any more when it is forgotten', async () => {
    await using cluster = await Cluster.start(2);
    const [a, b] = [cluster.node(memberId(1n)), cluster.node(memberId(2n))];
    const channel = a.peers.channelTo(b.id);
    expect(a.peers.channelTo(b.id)).toBe(channel);
    if (channel === undefined) throw new Error('an address is known');
    const { introduction } = await createClient({ greet: PEER_SERVICE.greet }, channel).greet({
      introduction: {
        name: 'test',
        addresses: [],
        clusterName: 'test',
        membership: undefined,
        versions: { min: 1, max: 1 },
      },
    });
    expect(introduction?.name).toBe('n2');
    a.peers.forget(b.id);
    expect(a.peers.channelTo(b.id)).toBeUndefined();
    expect(a.peers.channelTo(memberId(7n))).toBeUndefined();
    await eventually('a stream of the one that does not know', () => b.events.length >= 3);
    expect(b.events.map(({ kind }) => kind)).toEqual(['connected', 'disconnected', 'connected']);
    expect(b.peers.status()[0]?.connection?.dialledBy).toBe('us');
  });
});
