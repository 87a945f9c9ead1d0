import type { Hello } from '@portolan/contracts/raft-peer';
import { PortolanError } from '@portolan/kernel';
import { memberId, term, type Message } from '@portolan/raft';
import { encodeFrame } from './wire/frame.ts';
import { MessageEncoder } from './wire/encode-message.ts';
import { eventually } from './testing/eventually.ts';
import { PeerNode } from './testing/peer-node.ts';
import { helloFrame, sayTo } from './testing/raw-peer.ts';

const A = memberId(1n);
const B = memberId(2n);
const C = memberId(3n);

const warningsOf = ({ log }: PeerNode): readonly string[] => log.filter((line) => line.includes('a peer is refused'));

describe('who is not meant is refused, once said, and nothing else happens', () => {
  it('a member of another cluster', async () => {
    await using a = await PeerNode.start({ id: A });
    await using b = await PeerNode.start({ id: B, clusterId: 2n, others: new Map([[A, [a.proxy.address]]]) });
    a.peers.learn(B, [b.proxy.address]);
    await eventually('attempts from both sides', () => a.proxy.accepted >= 3 && b.proxy.accepted >= 3);
    for (const node of [a, b]) {
      const [refused] = node.events;
      expect(refused).toMatchObject({ kind: 'refused', error: { code: 'RAFT_PEER_WRONG_CLUSTER' } });
      expect(node.peers.status()).toMatchObject([
        { connection: undefined, failure: { code: 'RAFT_PEER_WRONG_CLUSTER' } },
      ]);
      // As who dials, and as who is dialled.
      expect(warningsOf(node)).toHaveLength(2);
      expect(warningsOf(node)[0]).toMatch(
        /member 1 of cluster 1.*member 2 of cluster 2|member 2 of cluster 2.*member 1 of cluster 1/,
      );
    }
  });

  it('itself', async () => {
    await using a = await PeerNode.start({ id: A });
    a.peers.learn(B, [a.proxy.address]);
    await eventually('attempts', () => a.proxy.accepted >= 4);
    expect(a.events).toMatchObject([
      { kind: 'refused', member: undefined, error: { code: 'RAFT_PEER_SELF' } },
      { kind: 'refused', member: B, error: { code: 'RAFT_PEER_SELF' } },
    ]);
  });

  it('a member at the address of another one, which is reached at its own', async () => {
    await using a = await PeerNode.start({ id: A });
    await using b = await PeerNode.start({ id: B });
    await using c = await PeerNode.start({ id: C });
    a.peers.learn(B, [c.proxy.address]);
    await eventually('a refusal', () => a.events.length > 0);
    expect(a.events).toMatchObject([{ kind: 'refused', member: B, error: { code: 'RAFT_PEER_WRONG_MEMBER' } }]);
    expect(warningsOf(a)[0]).toMatch(/this is member 3 of cluster 1, and member 2 of cluster 1 was looked for/);
    a.peers.learn(B, [c.proxy.address, b.proxy.address]);
    await eventually('a stream', () => a.peers.status()[0]?.connection !== undefined);
    expect(a.peers.status()[0]?.connection?.address).toBe(b.proxy.address);
  });

  it('data from before a restore', async () => {
    const identity = { clusterId: 1n, memberId: A, incarnation: 7n };
    await using a = await PeerNode.start({ id: A, peers: { identity } });
    const said = sayTo(a.proxy.address, [helloFrame({ incarnation: 8n })]);
    await expect(said).rejects.toMatchObject({ code: 'RAFT_PEER_WRONG_INCARNATION' });
    const [answer] = await sayTo(a.proxy.address, [helloFrame({ incarnation: 7n })], () => true);
    expect(answer?.hello).toMatchObject({ from: 1n, to: 9n, incarnation: 7n });
  });

  it('who is nobody yet is greeted, and a peer once it is somebody', async () => {
    await using a = await PeerNode.start({ id: A, peers: { identity: undefined } });
    await using b = await PeerNode.start({ id: B });
    await expect(b.peers.greet(a.proxy.address, AbortSignal.timeout(20_000))).resolves.toEqual({
      ...{ name: 'n1', clusterName: 'test', addresses: [a.proxy.address], membership: undefined },
    });
    b.peers.learn(A, [a.proxy.address]);
    await eventually('an attempt in vain', () => b.peers.status()[0]?.failure?.code === 'RAFT_PEER_NO_MEMBER_YET');
    a.peers.becomeMember({ clusterId: 1n, memberId: A });
    await eventually('a stream', () => b.peers.status()[0]?.connection !== undefined);
    const introduction = await b.peers.greet(a.proxy.address, AbortSignal.timeout(20_000));
    expect(introduction.membership).toEqual({ clusterId: 1n, memberId: A });
  });
});

const timeoutNow: Message = { kind: 'timeout-now', from: memberId(9n), to: A, term: term(1) };
const frameWith = (hello?: Hello): Buffer =>
  encodeFrame({ hello, ping: 0n, pong: 0n, book: [], messages: [new MessageEncoder().encode(timeoutNow)] });

describe('what no member says ends its stream with an error that says why', () => {
  it.each([
    ['no frame at all', [Buffer.from('GET / HTTP/1.1')], 'RAFT_PEER_MALFORMED'],
    ['an empty first frame', [Buffer.alloc(0)], 'RAFT_PEER_MALFORMED'],
    ['a message before the hello', [frameWith()], 'RAFT_PEER_MALFORMED'],
    ['a second hello', [helloFrame(), helloFrame()], 'RAFT_PEER_MALFORMED'],
    ['a hello, and then noise', [helloFrame(), Buffer.alloc(50, 0xff)], 'RAFT_PEER_MALFORMED'],
    ['a message larger than any', [helloFrame(), Buffer.alloc(18 * 1_048_576)], 'RPC_LIMIT_EXCEEDED'],
    ['a version of the future', [helloFrame({ versions: { min: 2, max: 3 } })], 'RAFT_PEER_VERSION'],
    ['no version', [helloFrame({ versions: undefined })], 'RAFT_PEER_VERSION'],
    ['another member is meant', [helloFrame({ to: 4n })], 'RAFT_PEER_WRONG_MEMBER'],
    ['nothing', [], 'RAFT_PEER_SILENT'],
  ])('%s', async (_, frames, code) => {
    await using a = await PeerNode.start({ id: A, peers: { limits: { helloMs: 300 } } });
    const error: unknown = await sayTo(a.proxy.address, frames).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PortolanError);
    expect(error).toMatchObject({ code });
    // It lives on.
    const [answer] = await sayTo(a.proxy.address, [helloFrame()], () => true);
    expect(answer?.hello).toMatchObject({ from: 1n, to: 9n, name: 'n1', commandFormat: 1 });
  });

  it('an address of what is no peer is tried again and again', async () => {
    await using a = await PeerNode.start({ id: A, peers: { limits: { helloMs: 100 } } });
    await using b = await PeerNode.start({ id: B });
    b.proxy.pause();
    a.peers.learn(B, [b.proxy.address]);
    await eventually('several attempts', () => b.proxy.accepted > 2);
    expect(a.peers.status()[0]?.failure).toMatchObject({ code: 'RAFT_PEER_SILENT' });
  });
});

it('more strangers than a cluster has members are refused', async () => {
  await using a = await PeerNode.start({ id: A });
  const all = Promise.withResolvers<undefined>();
  let greeted = 0;
  const strangers = Array.from({ length: 64 }, (_, number) =>
    sayTo(a.proxy.address, [helloFrame({ from: BigInt(100 + number) })], () => {
      greeted += 1;
      if (greeted === 64) all.resolve(undefined);
      return false;
    }),
  );
  await all.promise;
  await expect(sayTo(a.proxy.address, [helloFrame({ from: 99n })])).rejects.toMatchObject({
    code: 'RAFT_PEER_TOO_MANY',
  });
  await a.peers[Symbol.asyncDispose]();
  await Promise.all(strangers);
});
