import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { certified, type CertifiedName } from '@portolan/access/testing';
import { ClusterServiceService, MemberServiceService } from '@portolan/contracts/cluster';
import { PeerServiceService } from '@portolan/contracts/raft-peer';
import type { Principal } from '@portolan/kernel';
import { memberId } from '@portolan/raft';
import { connect, createClient, type TlsIdentity } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { openNetwork, type Network, type NetworkOptions } from './open-network.ts';
import { freePort } from './testing/free-port.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const access = createAccess(DEVELOPMENT_POLICY);
const SYSTEM: Principal = { kind: 'system', name: 'cluster' };

/** A peer port of a process that is no member yet. */
async function opened(options: Partial<NetworkOptions> = {}) {
  await using opening = new AsyncDisposableStack();
  const lines: string[] = [];
  const telemetry = createTelemetry({
    ...{ app: 'test', logLevel: 'info', logFormat: 'json', clock },
    destination: {
      write: (line) => {
        lines.push(line);
      },
    },
  });
  const port = await freePort();
  const { path } = opening.use(await temporaryFolder());
  const folder = { path, name: 'a', nonce: 1n, membership: undefined };
  const network: Network = opening.use(
    await openNetwork({
      ...{ folder, bind: { host: '127.0.0.1', port }, advertise: `127.0.0.1:${port}`, peers: [], seeds: [] },
      authorize: (principal, verb) => {
        access.check(principal, { verb, on: verb === 'read' ? 'catalog' : 'user' });
      },
      ...{ clock, rng, tls: undefined, logger: telemetry.logger('peers'), metrics: telemetry.registry, drainMs: 0 },
      ...options,
    }),
  );
  const house = opening.move();
  return { network, address: `127.0.0.1:${port}`, lines, [Symbol.asyncDispose]: () => house.disposeAsync() };
}

/** What each of the questions is answered that members ask each other. */
async function answers(address: string, tls: TlsIdentity | undefined, principal?: Principal) {
  await using connection = connect(address, { tls, ...(principal !== undefined && { principal }) });
  const member = createClient(MemberServiceService, connection);
  const cluster = createClient(ClusterServiceService, connection);
  const { greet } = createClient({ greet: PeerServiceService.greet }, connection);
  const request = { name: 'b', nonce: 7n, peerAddresses: ['b:2380'] };
  const asked = {
    greet: greet({ introduction: undefined }),
    introduce: member.introduce({}),
    join: member.join(request),
    judgeLease: member.judgeLease({ lease: 1n }),
    getMemberStatus: cluster.getMemberStatus({}),
    listMembers: cluster.listMembers({ serializable: true }),
  };
  const codes = await Promise.all(
    Object.entries(asked).map(async ([name, answer]) => [
      name,
      await answer.then(
        () => 'answered',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
      ),
    ]),
  );
  return Object.fromEntries(codes) as Record<string, unknown>;
}

const LET_IN = {
  greet: 'RAFT_PEER_MALFORMED',
  introduce: 'answered',
  join: 'RAFT_PEER_NO_MEMBER_YET',
  judgeLease: 'RAFT_PEER_NO_MEMBER_YET',
  getMemberStatus: 'RAFT_PEER_NO_MEMBER_YET',
  listMembers: 'RAFT_PEER_NO_MEMBER_YET',
};

describe('the peer port with TLS', () => {
  it.each<CertifiedName>(['orders', 'operator', 'agent'])('answers nothing to a certificate of %s', async (name) => {
    await using house = await opened({ tls: certified('registry') });
    const refused = Object.keys(LET_IN).map((method) => [method, 'CLUSTER_NO_MEMBER_CERTIFICATE']);
    expect(await answers(house.address, certified(name), SYSTEM)).toEqual(Object.fromEntries(refused));
    const said = house.lines.filter((line) => line.includes('CLUSTER_NO_MEMBER_CERTIFICATE'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('--peer-allowed-names');
  });

  it('answers one of a member, whom it asks for as it says', async () => {
    await using house = await opened({ tls: certified('registry') });
    expect(await answers(house.address, certified('registry'))).toEqual(LET_IN);
    const service: Principal = { kind: 'service', name: 'web' };
    const passedOn = await answers(house.address, certified('registry'), service);
    expect(passedOn).toEqual({ ...LET_IN, join: 'ACCESS_FORBIDDEN', judgeLease: 'ACCESS_FORBIDDEN' });
  });

  it('goes by the names that it is told', async () => {
    const peerAllowedNames = ['Registry-1.example', 'service:demo-orders'];
    await using house = await opened({ tls: certified('registry'), peerAllowedNames });
    expect(await answers(house.address, certified('orders'))).toEqual(LET_IN);
    expect(await answers(house.address, certified('agent'))).toMatchObject({ join: 'CLUSTER_NO_MEMBER_CERTIFICATE' });
  });

  it('is not opened with a certificate that the others would refuse', async () => {
    await expect(opened({ tls: certified('orders') })).rejects.toMatchObject({
      code: 'CLUSTER_NO_MEMBER_CERTIFICATE',
      message: expect.stringContaining('names service:demo-orders, demo-orders, localhost') as unknown,
      fix: expect.stringContaining('--peer-allowed-names') as unknown,
    });
  });

  it('does not take whoever is at an address for a member', async () => {
    const peerAllowedNames = ['system:registry', 'service:demo-orders'];
    await using impostor = await opened({ tls: certified('orders'), peerAllowedNames });
    await using house = await opened({ tls: certified('registry') });
    await expect(house.network.peers.greet(impostor.address, AbortSignal.timeout(20_000))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await using connection = connect(impostor.address, { tls: house.network.tls });
    await expect(createClient(MemberServiceService, connection).introduce({})).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});

describe('the peer port without TLS', () => {
  it('asks whoever joins, and whoever judges leases, to be who may administer', async () => {
    await using house = await opened();
    expect(await answers(house.address, undefined, SYSTEM)).toEqual(LET_IN);
    expect(await answers(house.address, undefined)).toEqual({
      ...LET_IN,
      join: 'ACCESS_FORBIDDEN',
      judgeLease: 'ACCESS_FORBIDDEN',
    });
  });
});

it('lives on when the disk does not take where members are', async () => {
  await using gone = await temporaryFolder();
  const path = `${gone.path}/no/such/folder`;
  const folder = { path, name: 'a', nonce: 1n, membership: undefined };
  await using house = await opened({ folder });
  house.network.peers.becomeMember({ clusterId: 1n, memberId: memberId(1n) });
  for (let port = 1; port < 100; port += 1) house.network.peers.advertise([`127.0.0.1:${port}`]);
  while (!house.lines.some((line) => line.includes('cannot be kept on disk'))) await new Promise(setImmediate);
  expect(await answers(house.address, undefined)).toMatchObject({ introduce: 'answered' });
});
