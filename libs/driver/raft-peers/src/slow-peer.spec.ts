import { logIndex, memberId, term, type Message } from '@portolan/raft';
import { eventually } from './testing/eventually.ts';
import { PeerNode } from './testing/peer-node.ts';

const [A, B] = [memberId(1n), memberId(2n)];
const MIB = 1_048_576;

const appendOf = (index: number): Message => ({
  ...{ kind: 'append', from: A, to: B, term: term(1), previousIndex: logIndex(index - 1), previousTerm: term(1) },
  ...{ entries: [{ kind: 'command', index: logIndex(index), term: term(1), data: new Uint8Array(MIB) }] },
  committed: logIndex(0),
});

const heartbeatOf = (round: number): Message => ({
  ...{ kind: 'heartbeat', from: A, to: B, term: term(1), committed: logIndex(0), round },
});

it('a peer that takes nothing makes nobody hold more than the bound, and hears first what is urgent when it takes again', async () => {
  // Long enough that it is not taken for gone.
  const limits = { bulkBytes: 16 * MIB, urgentMessages: 100, silenceMs: 60_000 };
  await using b = await PeerNode.start({ id: B, peers: { limits } });
  await using a = await PeerNode.start({ id: A, peers: { limits }, others: new Map([[B, [b.proxy.address]]]) });
  const unreachable: bigint[] = [];
  a.peers.attach({
    receive: () => undefined,
    receiveSnapshot: () => Promise.reject(new Error('nobody sends one')),
    reportUnreachable: (member) => {
      unreachable.push(member);
    },
  });
  const received: Message[] = [];
  b.peers.attach({
    receive: (message) => {
      received.push(message);
    },
    receiveSnapshot: () => Promise.reject(new Error('nobody sends one')),
    reportUnreachable: () => undefined,
  });
  await eventually('a stream', () => a.peers.status()[0]?.connection !== undefined);

  b.proxy.pause();
  a.proxy.pause();
  for (let index = 1; index <= 200; index += 1) {
    a.peers.send([appendOf(index), ...(index <= 100 ? [] : [heartbeatOf(index)])]);
    // As a leader's loop does: the stream takes what it can between two turns.
    await new Promise((resolve) => setImmediate(resolve));
    expect(a.peers.status()[0]?.queuedBytes).toBeLessThanOrEqual(limits.bulkBytes);
  }
  const { queuedBytes = 0, dropped = 0 } = a.peers.status()[0] ?? {};
  expect(queuedBytes).toBeGreaterThan(14 * MIB);
  expect(dropped).toBeGreaterThan(150);
  expect(unreachable).toContain(B);

  b.proxy.resume();
  a.proxy.resume();
  await eventually('the heartbeats', () => received.filter(({ kind }) => kind === 'heartbeat').length === 100);
  // All that is behind them is what had left before: what the sockets and one window held.
  const before = received.findIndex(({ kind }) => kind === 'heartbeat');
  await eventually('the appends that were kept', () => a.peers.status()[0]?.queuedBytes === 0);
  await eventually('and they come', () => received.length === 300 - dropped);
  const appends = received.flatMap((message) => (message.kind === 'append' ? [message.previousIndex] : []));
  expect(appends).toEqual(Array.from({ length: appends.length }, (_, index) => index));
  expect(appends.length - before).toBeGreaterThanOrEqual(14);
});
