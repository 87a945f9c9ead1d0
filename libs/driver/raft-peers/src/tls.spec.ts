import { memberId } from '@portolan/raft';
import { RpcError, type TlsIdentity } from '@portolan/rpc';
import { eventually } from './testing/eventually.ts';
import { identityOf } from './testing/identity-of.ts';
import { PeerNode } from './testing/peer-node.ts';

const A = memberId(1n);
const B = memberId(2n);
const tls = identityOf('server');

describe('with TLS', () => {
  it('members with certificates of one authority reach each other, both ways', async () => {
    await using a = await PeerNode.start({ id: A, tls });
    await using b = await PeerNode.start({ id: B, tls, others: new Map([[A, [a.proxy.address]]]) });
    await eventually('a stream', () => a.peers.status()[0]?.connection !== undefined);
    const introduction = await a.peers.greet(b.proxy.address, AbortSignal.timeout(20_000));
    expect(introduction.membership?.memberId).toBe(B);
  });

  it.each<[string, TlsIdentity | undefined]>([
    ['without a certificate', undefined],
    ['with one that nobody vouches for', identityOf('stranger')],
  ])('who comes %s is not let in', async (_, identity) => {
    await using a = await PeerNode.start({ id: A, tls });
    const others = new Map([[A, [a.proxy.address]]]);
    await using b = await PeerNode.start({ id: B, others, ...(identity !== undefined && { tls: identity }) });
    await eventually('attempts', () => a.proxy.accepted > 3);
    await eventually('a failure', () => b.peers.status()[0]?.failure !== undefined);
    expect(b.peers.status()[0]?.failure?.code).toMatch(/^RPC_/);
    await expect(b.peers.greet(a.proxy.address, AbortSignal.timeout(20_000))).rejects.toBeInstanceOf(RpcError);
    expect(a.peers.status()).toEqual([]);
  });
});
