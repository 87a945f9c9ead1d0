import { startFastServer } from '@portolan/grpc';
import type { MemberId } from '@portolan/raft';
import { startRaft, type RaftMember, type RaftMemberOptions, type StateMachine } from '@portolan/raft-driver';
import type { RpcServer, TlsIdentity } from '@portolan/rpc';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { createTelemetry, type Telemetry } from '@portolan/telemetry';
import { openPeers } from '../open-peers.ts';
import { PEER_RPC_LIMITS, type PeersEvent, type PeersOptions } from '../options.ts';
import type { Peers } from '../peers.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** What tests ask of a member, whatever its results are. */
export type RunningMember = Pick<
  RaftMember<unknown>,
  'propose' | 'change' | 'status' | 'leadership' | 'transferLeadership' | typeof Symbol.asyncDispose
>;

export interface PeerNodeOptions {
  readonly id: MemberId;
  readonly clusterId?: bigint;
  /** Others are learned at these addresses. */
  readonly others?: ReadonlyMap<MemberId, readonly string[]>;
  readonly peers?: Partial<PeersOptions>;
  readonly tls?: TlsIdentity;
}

/** What a process of a cluster has of this library, behind a proxy that a test can cut: peers, their server, and perhaps a member. */
export class PeerNode implements AsyncDisposable {
  readonly id: MemberId;
  readonly peers: Peers;
  readonly proxy: TcpProxy;
  readonly telemetry: Telemetry;
  readonly events: PeersEvent[];
  /** Lines of the log. */
  readonly log: readonly string[];
  readonly #server: RpcServer;
  #member: RunningMember | undefined;

  private constructor(
    parts: Pick<PeerNode, 'id' | 'peers' | 'proxy' | 'telemetry' | 'events' | 'log'>,
    server: RpcServer,
  ) {
    this.id = parts.id;
    this.peers = parts.peers;
    this.proxy = parts.proxy;
    this.telemetry = parts.telemetry;
    this.events = parts.events;
    this.log = parts.log;
    this.#server = server;
  }

  static async start({ id, clusterId = 1n, others = new Map(), peers: more, tls }: PeerNodeOptions): Promise<PeerNode> {
    const log: string[] = [];
    const telemetry = createTelemetry({
      ...{ app: 'test', logLevel: 'debug', logFormat: 'json', clock: systemClock },
      destination: {
        write: (line) => {
          log.push(line);
        },
      },
    });
    const events: PeersEvent[] = [];
    let port = 0;
    const proxy = await TcpProxy.open(() => port);
    const peers = openPeers({
      ...{ name: `n${id}`, clusterName: 'test', advertise: [proxy.address], commandFormat: 1 },
      identity: { clusterId, memberId: id },
      ...{ clock: systemClock, rng: systemRng, logger: telemetry.logger('peers'), registry: telemetry.registry, tls },
      onEvent: (event) => {
        events.push(event);
      },
      ...more,
    });
    const server = await startFastServer({
      ...{
        bind: { host: '127.0.0.1', port: 0 },
        services: peers.services,
        logger: telemetry.logger('rpc'),
        drainMs: 0,
      },
      ...{ limits: PEER_RPC_LIMITS, tls },
    });
    ({ port } = server);
    for (const [member, addresses] of others) if (member !== id) peers.learn(member, addresses);
    return new PeerNode({ id, peers, proxy, telemetry, events, log }, server);
  }

  get port(): number {
    return this.#server.port;
  }

  get member(): RunningMember {
    if (this.#member === undefined) throw new Error(`no member runs at node ${this.id}`);
    return this.#member;
  }

  /** Starts a member whose transport this is. */
  async run<Result>(
    machine: StateMachine<Result>,
    options: Pick<RaftMemberOptions<Result>, 'folder' | 'start'> & Partial<RaftMemberOptions<Result>>,
  ): Promise<RaftMember<Result>> {
    const member = await startRaft({
      ...{ clusterId: 1n, memberId: this.id, machine, transport: this.peers, disk: nodeDisk },
      ...{ clock: systemClock, rng: systemRng, tickMs: 50 },
      onFatal: (error) => {
        throw error;
      },
      ...options,
    });
    this.peers.attach(member);
    this.#member = member;
    return member;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#member?.[Symbol.asyncDispose]();
    await this.peers[Symbol.asyncDispose]();
    await this.#server.drain();
    await this.proxy[Symbol.asyncDispose]();
    await this.telemetry[Symbol.asyncDispose]();
  }
}
