import { memberId } from '@portolan/raft';
import { createClient, type RpcChannel } from '@portolan/rpc';
import { CallChannels } from './call-channels.ts';
import { PEER_SERVICE } from './service.ts';
import { PeerNode } from './testing/peer-node.ts';
import { helloFrame } from './testing/raw-peer.ts';

const B = memberId(2n);
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

/** Whether a member answers; a greeting from nobody is what it can be asked without consequences. */
async function answers(channel: RpcChannel | undefined): Promise<unknown> {
  if (channel === undefined) throw new Error('there is a way to the member');
  const { greet } = createClient({ greet: PEER_SERVICE.greet }, channel);
  return greet({ introduction: undefined }, { timeoutMs: 20_000 }).catch((error: unknown) =>
    error instanceof Error && 'code' in error ? error.code : error,
  );
}
const ANSWERED = 'RAFT_PEER_MALFORMED';

describe('a channel to a member', () => {
  it('goes to the next address when one cannot be reached', async () => {
    await using b = await PeerNode.start({ id: B });
    await using channels = new CallChannels(undefined);
    expect(await answers(channels.to(B, [NOWHERE, b.proxy.address], undefined))).toBe(ANSWERED);
    expect(await answers(channels.to(B, [NOWHERE], undefined))).not.toBe(ANSWERED);
    expect(await answers(channels.to(B, [b.proxy.address], undefined))).toBe(ANSWERED);
  });

  it('stays where it was answered, and comes back to where a stream is open', async () => {
    await using b = await PeerNode.start({ id: B });
    await using elsewhere = await PeerNode.start({ id: B });
    await using channels = new CallChannels(undefined);
    const both = [b.proxy.address, elsewhere.proxy.address];
    b.proxy.isClosed = true;
    expect(await answers(channels.to(B, both, undefined))).toBe(ANSWERED);
    b.proxy.isClosed = false;
    const before = b.proxy.accepted;
    expect(await answers(channels.to(B, both, undefined))).toBe(ANSWERED);
    expect(b.proxy.accepted).toBe(before);
    expect(await answers(channels.to(B, both, b.proxy.address))).toBe(ANSWERED);
    expect(b.proxy.accepted).toBe(before + 1);
  });

  it('opens a stream at the next address after one that could not be opened', async () => {
    await using b = await PeerNode.start({ id: B });
    await using channels = new CallChannels(undefined);
    const channel = channels.to(B, [NOWHERE, b.proxy.address], undefined);
    if (channel === undefined) throw new Error('there is a way to the member');
    const { connect } = createClient({ connect: PEER_SERVICE.connect }, channel);
    async function* hello(): AsyncGenerator<Buffer, void> {
      yield helloFrame({ to: 2n });
      await new Promise(setImmediate);
    }
    const open = async (): Promise<boolean> => {
      for await (const frame of connect(hello(), { timeoutMs: 20_000 })) return frame.length > 0;
      return false;
    };
    await expect(open()).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(open()).resolves.toBe(true);
  });
});
