import { numberedCommand } from '@portolan/raft-driver/testing';
import { Cluster } from './testing/cluster.ts';
import { eventually } from './testing/eventually.ts';

describe('three members over real sockets', () => {
  it('elect a leader, and have the same log', async () => {
    await using cluster = await Cluster.start(3);
    const leader = await cluster.leader();
    await Promise.all(Array.from({ length: 500 }, (_, number) => leader.member.propose(numberedCommand(number))));
    const isThere = (): boolean => [...cluster.machines.values()].every(({ applied }) => applied.size === 500);
    await eventually('all commands at all members', isThere);
    const statuses = [...cluster.nodes.values()].map(({ peers }) => peers.status());
    expect(statuses.map((status) => status.length)).toEqual([2, 2, 2]);
  });
});
