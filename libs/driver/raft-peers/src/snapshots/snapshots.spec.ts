import { logIndex, memberId, term } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { eventually } from '../testing/eventually.ts';
import { PeerNode, type PeerNodeOptions } from '../testing/peer-node.ts';
import type { Receiver } from '../peers.ts';

const A = memberId(1n);
const B = memberId(2n);
const KIB = 1_024;

const messageOf = (index: number, to = B): InstallSnapshot => ({
  ...{ kind: 'install-snapshot', from: A, to, term: term(3) },
  snapshot: {
    ...{ index: logIndex(index), term: term(2) },
    configuration: { voters: [A], outgoing: [], learners: [B], learnersNext: [] },
  },
});

/** Slices that tell their place, and can be read again. */
const slicesOf = (count: number, bytes = 64 * KIB, fill = 0): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    for (let number = 0; number < count; number += 1) yield new Uint8Array(bytes).fill(number + fill);
  },
});

interface Written {
  readonly message: InstallSnapshot;
  readonly slices: Uint8Array[];
  end: 'done' | { readonly error: unknown } | undefined;
}

/** A member that keeps snapshots in memory; it waits before each slice until it may go on. */
class Keeper implements Receiver {
  readonly written: Written[] = [];
  mayGoOn: (written: Written) => Promise<void> = async () => undefined;
  readonly receive = (): void => undefined;
  readonly reportUnreachable = (): void => undefined;

  async receiveSnapshot(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>): Promise<void> {
    const written: Written = { message, slices: [], end: undefined };
    this.written.push(written);
    try {
      for await (const slice of slices) {
        await this.mayGoOn(written);
        written.slices.push(slice.slice());
      }
      written.end = 'done';
    } catch (error) {
      written.end = { error };
      throw error;
    }
  }
}

const contents = (slices: readonly Uint8Array[]): readonly string[] =>
  slices.map((slice) => `${slice[0]}×${slice.length}`);

async function pair(
  options: Omit<PeerNodeOptions, 'id'> = {},
): Promise<AsyncDisposable & { a: PeerNode; b: PeerNode; keeper: Keeper }> {
  const stack = new AsyncDisposableStack();
  const b = stack.use(await PeerNode.start({ id: B, ...options }));
  const a = stack.use(await PeerNode.start({ id: A, ...options, others: new Map([[B, [b.proxy.address]]]) }));
  const keeper = new Keeper();
  b.peers.attach(keeper);
  return { a, b, keeper, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const never = new AbortController().signal;

describe('a snapshot', () => {
  it('comes as it was sent, slice by slice', async () => {
    await using nodes = await pair();
    await nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(20), never);
    const [written] = nodes.keeper.written;
    expect(written).toMatchObject({ message: messageOf(7), end: 'done' });
    expect(contents(written?.slices ?? [])).toEqual(Array.from({ length: 20 }, (_, number) => `${number}×${64 * KIB}`));
  });

  it('of nothing comes too', async () => {
    await using nodes = await pair();
    await nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(0), never);
    expect(nodes.keeper.written).toMatchObject([{ slices: [], end: 'done' }]);
  });

  it('goes on where it was when its connection broke, however often', async () => {
    await using nodes = await pair();
    let cuts = 0;
    nodes.keeper.mayGoOn = async ({ slices }) => {
      if (slices.length % 10 !== 5 || slices.length / 10 < cuts) return;
      cuts += 1;
      nodes.b.proxy.cut();
    };
    const before = nodes.b.proxy.bytes;
    await nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(60, 256 * KIB), never);
    expect(cuts).toBe(6);
    expect(nodes.keeper.written).toHaveLength(1);
    const [written] = nodes.keeper.written;
    expect(contents(written?.slices ?? [])).toEqual(
      Array.from({ length: 60 }, (_, number) => `${number}×${256 * KIB}`),
    );
    // Six times what may be under way: a window, the sockets' buffers, the 16 messages that wait.
    expect(nodes.b.proxy.bytes - before).toBeLessThan(2 * 60 * 256 * KIB);
  });

  it('that is complete when its connection breaks is not sent again', async () => {
    await using nodes = await pair();
    let isCut = false;
    nodes.keeper.mayGoOn = async ({ slices }) => {
      if (slices.length < 3 || isCut) return;
      isCut = true;
      nodes.b.proxy.cut();
    };
    await nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(4), never);
    expect(nodes.keeper.written).toMatchObject([{ end: 'done', slices: { length: 4 } }]);
  });

  it('begins anew when what is there is of another one', async () => {
    await using nodes = await pair();
    let reads = 0;
    const changing: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        reads += 1;
        return slicesOf(20, 64 * KIB, reads === 1 ? 0 : 100)[Symbol.asyncIterator]();
      },
    };
    nodes.keeper.mayGoOn = async ({ slices }) => {
      if (slices.length === 10 && nodes.keeper.written.length === 1) nodes.b.proxy.cut();
    };
    await nodes.a.peers.sendSnapshot(messageOf(7), changing, never);
    expect(nodes.keeper.written).toHaveLength(2);
    expect(nodes.keeper.written[0]?.end).toMatchObject({ error: { code: 'RAFT_PEER_SNAPSHOT_NOT_SENT' } });
    expect(contents(nodes.keeper.written[1]?.slices ?? [])[0]).toBe(`100×${64 * KIB}`);
    expect(nodes.keeper.written[1]).toMatchObject({ end: 'done', slices: { length: 20 } });
  });

  it('is not sent when the receiver cannot keep it, and the sender learns why', async () => {
    await using nodes = await pair();
    nodes.keeper.mayGoOn = async ({ slices }) => {
      if (slices.length === 3) throw new Error('no space left');
    };
    await expect(nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(100), never)).rejects.toMatchObject({
      code: 'RPC_INTERNAL',
    });
    nodes.keeper.mayGoOn = async () => undefined;
    await nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(10), never);
    expect(nodes.keeper.written[1]).toMatchObject({ end: 'done', slices: { length: 10 } });
  });

  it('ends at once when it is given up, and the receiver forgets it in time', async () => {
    await using nodes = await pair({ peers: { limits: { snapshotResumeMs: 200 } } });
    const giveUp = new AbortController();
    nodes.keeper.mayGoOn = async ({ slices }) => {
      if (slices.length === 5) giveUp.abort(new Error('the member stops'));
    };
    await expect(nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(100), giveUp.signal)).rejects.toThrow(
      'the member stops',
    );
    await eventually('the end of it', () => nodes.keeper.written[0]?.end !== undefined);
    expect(nodes.keeper.written[0]?.end).toMatchObject({ error: { code: 'RAFT_PEER_SNAPSHOT_NOT_SENT' } });
  });

  it('to a member that does not come back is given up', async () => {
    await using nodes = await pair({ peers: { limits: { snapshotResumeMs: 300, redialMs: 50 } } });
    nodes.b.proxy.isClosed = true;
    await expect(nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(3), never)).rejects.toMatchObject({
      ...{ code: 'RAFT_PEER_SNAPSHOT_NOT_SENT', cause: { kind: 'unavailable' } },
    });
    await expect(nodes.a.peers.sendSnapshot(messageOf(7, memberId(8n)), slicesOf(3), never)).rejects.toThrow(
      'no address',
    );
  });

  it('that is asked for twice is sent once, and a newer one takes its place', async () => {
    await using nodes = await pair();
    const gate = Promise.withResolvers<undefined>();
    nodes.keeper.mayGoOn = () => gate.promise;
    const first = nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(3), never);
    const again = nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(3), never);
    await eventually('the first', () => nodes.keeper.written.length === 1);
    const newer = nodes.a.peers.sendSnapshot(messageOf(9), slicesOf(3), never);
    await expect(first).rejects.toThrow('another one is sent instead');
    await expect(again).rejects.toThrow('another one is sent instead');
    gate.resolve(undefined);
    await newer;
    expect(nodes.keeper.written.map(({ message }) => message.snapshot.index)).toEqual([7, 9]);
    expect(nodes.keeper.written[1]?.end).toBe('done');
  });

  it('more at a time than may be are refused', async () => {
    await using nodes = await pair({ peers: { limits: { snapshots: 1 } } });
    const gate = Promise.withResolvers<undefined>();
    nodes.keeper.mayGoOn = () => gate.promise;
    const first = nodes.a.peers.sendSnapshot(messageOf(7), slicesOf(3), never);
    const second = nodes.a.peers.sendSnapshot(messageOf(7, memberId(3n)), slicesOf(3), never);
    await expect(second).rejects.toMatchObject({ code: 'RAFT_PEER_SNAPSHOTS_BUSY' });
    gate.resolve(undefined);
    await first;
  });
});
