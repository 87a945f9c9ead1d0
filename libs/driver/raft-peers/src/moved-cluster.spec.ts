import { memberId } from '@portolan/raft';
import { numberedCommand } from '@portolan/raft-driver/testing';
import { systemClock } from '@portolan/runtime';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import { Cluster } from './testing/cluster.ts';
import { eventually } from './testing/eventually.ts';
import { PeerNode } from './testing/peer-node.ts';
import { helloFrame, sayTo } from './testing/raw-peer.ts';
import { TcpProxy } from './testing/tcp-proxy.ts';

const [A, B, C] = [memberId(1n), memberId(2n), memberId(3n)];
const IDS = [A, B, C];

const bookOf = ({ peers }: PeerNode): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(peers.book.map(({ member, addresses }) => [member.toString(), addresses]));

describe('addresses', () => {
  it('are gossip: who knows one member finds all', async () => {
    await using a = await PeerNode.start({ id: A });
    await using b = await PeerNode.start({ id: B });
    await using c = await PeerNode.start({ id: C });
    a.peers.learn(B, [b.proxy.address]);
    b.peers.learn(C, [c.proxy.address]);
    // Known to be a member, and not where.
    a.peers.learn(C, []);
    await eventually('a stream to the one that was only heard of', () => {
      return a.peers.status().find(({ member }) => member === C)?.connection !== undefined;
    });
    const all = Object.fromEntries([a, b, c].map(({ id, proxy }) => [id.toString(), [proxy.address]]));
    await eventually('one book', () => [a, b, c].every((node) => Object.keys(bookOf(node)).length === 3));
    for (const node of [a, b, c]) expect(bookOf(node)).toEqual(all);
  });

  it.each([
    ['a greeted stranger', 9n],
    ['one that passes for their member', 2n],
  ])('that %s has made up do not outlast the word of their member', async (_, from) => {
    await using a = await PeerNode.start({ id: A });
    const forged = { member: B, name: 'n2', version: 2n ** 52n, addresses: ['192.0.2.1:2380'] };
    await sayTo(a.proxy.address, [helloFrame({ from, book: [forged] })], () => true);
    await using b = await PeerNode.start({ id: B, others: new Map([[A, [a.proxy.address]]]) });
    a.peers.learn(B, [b.proxy.address]);
    await eventually('what is true', () => bookOf(a)['2']?.[0] === b.proxy.address);
    expect(bookOf(b)['2']).toEqual([b.proxy.address]);
  });

  it('that change while members run are told to all, and used', async () => {
    const saved: (readonly MemberAddresses[])[] = [];
    await using a = await PeerNode.start({
      id: A,
      peers: {
        onBookChanged: (book) => {
          saved.push(book);
        },
      },
    });
    await using b = await PeerNode.start({ id: B, others: new Map([[A, [a.proxy.address]]]) });
    await using c = await PeerNode.start({ id: C, others: new Map([[A, [a.proxy.address]]]) });
    for (const node of [b, c]) a.peers.learn(node.id, []);
    await eventually(
      'streams',
      () => a.peers.status().filter(({ connection }) => connection !== undefined).length === 2,
    );
    await using moved = await TcpProxy.open(() => b.port);
    b.proxy.isClosed = true;
    b.peers.advertise([moved.address]);
    await eventually('the news at a member that was not told by it', () => bookOf(c)['2']?.[0] === moved.address);
    b.proxy.cut();
    a.proxy.cut();
    await eventually('the old address was given up', () => {
      const status = a.peers.status().find(({ member }) => member === B);
      return status?.connection !== undefined && status.addresses[0] === moved.address;
    });
    expect(saved.at(-1)?.find(({ member }) => member === B)?.addresses).toEqual([moved.address]);
  });

  it('that change while a stream is being opened are told by it', async () => {
    await using a = await PeerNode.start({ id: A });
    a.proxy.pause();
    await using b = await PeerNode.start({ id: B, others: new Map([[A, [a.proxy.address]]]) });
    await eventually('a hello under way', () => a.proxy.accepted === 1);
    b.peers.advertise(['10.0.0.7:2380']);
    a.proxy.resume();
    const news = ['10.0.0.7:2380'];
    await eventually('the newer word', () => bookOf(a)['2']?.[0] === news[0]);
    expect(a.peers.status()).toMatchObject([{ member: B, addresses: news }]);
  });

  it('of all members change at once, and the quorum is back by one that somebody answers at', async () => {
    await using cluster = await Cluster.start(3);
    await (await cluster.leader()).member.propose(numberedCommand(1));
    await eventually('the command at all members', () => {
      return [...cluster.machines.values()].every(({ applied }) => applied.size === 1);
    });
    const books = new Map(IDS.map((id) => [id, cluster.node(id).peers.book]));
    const old = new Map(IDS.map((id) => [id, [cluster.node(id).proxy.address]]));
    for (const id of IDS) await cluster.node(id)[Symbol.asyncDispose]();
    // Each knows where the others were, and one address at which somebody is: that of the next one.
    let target = 0;
    await using seed = await TcpProxy.open(() => target);
    for (const id of IDS) {
      const book = books.get(id) ?? [];
      await cluster.open(id, { peers: { book, seeds: ['127.0.0.1:9', seed.address], limits: { redialMs: 200 } } }, old);
    }
    target = cluster.node(C).port;
    for (const id of IDS) await cluster.run(id, { kind: 'join' });
    const leader = await cluster.leader();
    await leader.member.propose(numberedCommand(2));
    await eventually('all commands at all members', () => {
      return [...cluster.machines.values()].every(({ applied }) => applied.size === 2);
    });
    for (const id of IDS) {
      for (const { member, addresses } of cluster.node(id).peers.book) {
        expect(addresses).toEqual([cluster.node(member).proxy.address]);
      }
    }
  });

  it.each([
    ['of an hour from now', systemClock.epoch() + 3_600_000],
    ['of no time that a clock says', 2 ** 50],
  ])(
    'that others remember of a member which has forgotten them are older than its own word: %s',
    async (_, version) => {
      await using b = await PeerNode.start({ id: B });
      const wrong = { member: A, name: 'n1', version, addresses: ['10.9.9.9:1'] };
      await using a = await PeerNode.start({ id: A, others: new Map([[B, [b.proxy.address]]]) });
      await using c = await PeerNode.start({
        id: C,
        peers: { book: [wrong] },
        others: new Map([[B, [b.proxy.address]]]),
      });
      await eventually('its own word everywhere', () =>
        [a, b, c].every((node) => bookOf(node)['1']?.[0] === a.proxy.address),
      );
      const own = a.peers.book.find(({ member }) => member === A)?.version;
      expect(own).toBeLessThanOrEqual(systemClock.epoch() + 3_600_000 + 1);
    },
  );
});
