import { createSeededRng } from '@portolan/kernel';
import { startFastServer } from '@portolan/grpc';
import { firstConfiguration, memberId, type MemberId } from '@portolan/raft';
import { startRaft, type RaftMember } from '@portolan/raft-driver';
import { openPeers, PEER_RPC_LIMITS, type Peers } from '@portolan/raft-peers';
import { systemClock, systemRng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualDisk } from '@portolan/virtual-world';
import { CountingMachine } from './counting-machine.ts';
import { leaderOf, type Cluster } from './raft-side.ts';

/** Three members in this process over sockets of this host, disks in memory: what the network adds to `threeInMemory`. */
export async function threeOverSockets(): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  const telemetry = stack.use(
    createTelemetry({ app: 'bench', logLevel: 'warn', logFormat: 'json', clock: systemClock }),
  );
  const logger = telemetry.logger('raft');
  const ids = firstConfiguration([1n, 2n, 3n].map(memberId)).voters;
  const nodes = new Map<MemberId, { readonly peers: Peers; readonly address: string }>();
  for (const id of ids) {
    const peers = openPeers({
      ...{ name: `n${id}`, clusterName: 'bench', advertise: ['127.0.0.1:2380'], commandFormat: 1 },
      identity: { clusterId: 1n, memberId: id },
      ...{ clock: systemClock, rng: systemRng, logger },
    });
    const bind = { host: '127.0.0.1', port: 0 };
    const { services } = peers;
    const server = await startFastServer({ bind, services, logger, drainMs: 1_000, limits: PEER_RPC_LIMITS });
    stack.use(server);
    stack.use(peers);
    nodes.set(id, { peers, address: `127.0.0.1:${server.port}` });
  }
  const members: RaftMember<number>[] = [];
  for (const [id, { peers }] of nodes) {
    for (const [other, { address }] of nodes) peers.learn(other, [address]);
    const member = await startRaft<number>({
      ...{ clusterId: 1n, memberId: id, start: { kind: 'bootstrap', members: ids }, folder: '/portolan' },
      ...{ disk: new VirtualDisk({ rng: createSeededRng(Number(id)) }), machine: new CountingMachine() },
      ...{ transport: peers, clock: systemClock, rng: systemRng },
      onFatal: (error) => {
        throw error;
      },
    });
    peers.attach(member);
    stack.use(member);
    members.push(member);
  }
  return {
    leader: await leaderOf(members),
    syncs: () => 0,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
