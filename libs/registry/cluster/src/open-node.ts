import type { Clock, Principal, Rng } from '@portolan/kernel';
import type { ClusterAdmin } from '@portolan/kv';
import { memberId, type MemberId } from '@portolan/raft';
import type { MemberEvent, Transport } from '@portolan/raft-driver';
import type { BoundService, RpcChannel, TlsIdentity } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import { announcement, type ClientAddresses } from './members/announcement.ts';
import type { DataFolder } from './folder/data-folder.ts';
import type { Membership } from './folder/member-file.ts';
import { foundAlone } from './found-alone.ts';
import { MemberRemovedError, NotAmongPeersError } from './founding/errors.ts';
import { findCluster } from './founding/find-cluster.ts';
import { joinCluster, type Joined } from './founding/join-cluster.ts';
import { RemoteJudges } from './judge/remote-judges.ts';
import { clusterService } from './members/cluster-service.ts';
import { compareMembers } from './members/compare-members.ts';
import { FollowMembers } from './members/follow-members.ts';
import { LeaderAdmin } from './members/leader-admin.ts';
import { MemberRecords } from './members/member-records.ts';
import { PassingAdmin } from './members/passing-admin.ts';
import { PromoteLearners } from './members/promote-learners.ts';
import { handOver } from './members/hand-over.ts';
import { openMember, type Member, type MemberOptions } from './open-member.ts';
import { openNetwork, type Network } from './open-network.ts';

/** What a process without data does; not looked at when it is a member already. */
export type Origin =
  | { readonly kind: 'alone' }
  /** Founds a cluster with all of these, itself among them. `host:port` */
  | { readonly kind: 'peers'; readonly peers: readonly string[] }
  /** Asks any of these to take it in. */
  | { readonly kind: 'join'; readonly addresses: readonly string[] };

export interface NodeOptions {
  readonly folder: DataFolder;
  readonly origin: Origin;
  /** Absent: nobody can reach it, so it stays alone. */
  readonly peer:
    { readonly bind: { readonly host: string; readonly port: number }; readonly advertise: string } | undefined;
  readonly store: MemberOptions['store'];
  /** @throws ForbiddenError */
  readonly authorize: (principal: Principal, verb: 'read' | 'administer') => void;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly tls: TlsIdentity | undefined;
  /** Over TLS: one of these is named by the certificate of each member. Default: `DEFAULT_PEER_NAMES` */
  readonly peerAllowedNames?: readonly string[];
  readonly logger: Logger;
  readonly metrics: Registry;
  /** For handing leadership over, and for calls of other members that are under way: each. */
  readonly drainMs: number;
  readonly onEvent: (event: MemberEvent) => void;
  /** Those that have not answered yet. */
  readonly onWaiting: (missing: readonly string[]) => void;
  readonly onFatal: (error: unknown) => void;
}

/** A member of a registry cluster, with all that makes it one. Disposing hands leadership over and stops it. */
export interface ClusterNode extends AsyncDisposable {
  readonly member: Member;
  readonly admin: ClusterAdmin;
  /** For the port that people use. */
  readonly service: BoundService;
  /** Where clients reach this member: kept where all members see it. Resolves when it is, so not while nobody leads. */
  announce(addresses: ClientAddresses, signal: AbortSignal): Promise<void>;
}

/**
 * Finds or founds this process's cluster, and starts its member.
 * @throws MemberForgottenError, PeersDifferError, NotAmongPeersError, NoMemberCertificateError, RpcBindError, RpcError when it is not
 * taken in, as `startRaft`, and the signal's reason
 */
export async function openNode(options: NodeOptions, signal: AbortSignal): Promise<ClusterNode> {
  await using opening = new AsyncDisposableStack();
  const { folder } = options;
  const network = options.peer === undefined ? undefined : opening.use(await networkOf(options, options.peer));
  const membership = folder.membership ?? (await membershipOf(options, network, signal));
  const node = await startNode(options, membership, network, opening);
  const opened = opening.move();
  return { ...node, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function networkOf(options: NodeOptions, { bind, advertise }: NonNullable<NodeOptions['peer']>): Promise<Network> {
  const { origin } = options;
  const peers = origin.kind === 'peers' ? origin.peers : [];
  if (origin.kind === 'peers' && !peers.includes(advertise)) throw new NotAmongPeersError(advertise, peers);
  const seeds = origin.kind === 'join' ? origin.addresses : peers;
  return openNetwork({ ...options, bind, advertise, peers, seeds });
}

/** Durable before it is returned. */
async function membershipOf(
  options: NodeOptions,
  network: Network | undefined,
  signal: AbortSignal,
): Promise<Membership> {
  const { folder, origin, peer, rng } = options;
  const { membership, members } = await beginning();
  await folder.settle(membership);
  network?.peers.becomeMember({
    clusterId: membership.clusterId,
    memberId: membership.memberId,
    incarnation: BigInt(membership.generation),
  });
  for (const { id, peerAddresses } of members) {
    if (id !== membership.memberId) network?.peers.learn(memberId(id), peerAddresses);
  }
  return membership;

  async function beginning(): Promise<Joined> {
    if (network === undefined || origin.kind === 'alone') {
      return { membership: foundAlone(folder, peer?.advertise, rng), members: [] };
    }
    if (origin.kind === 'peers') {
      return {
        membership: await findCluster({ ...options, tls: network.tls, self: network.self }, signal),
        members: [],
      };
    }
    return joinCluster({ ...options, tls: network.tls, self: network.self(), addresses: origin.addresses }, signal);
  }
}

async function startNode(
  options: NodeOptions,
  membership: Membership,
  network: Network | undefined,
  opening: AsyncDisposableStack,
): Promise<Omit<ClusterNode, keyof AsyncDisposable>> {
  const { clock, rng, authorize, onFatal } = options;
  const channelTo = (id: MemberId): RpcChannel | undefined => network?.peers.channelTo(id);
  const isConnected = (id: MemberId): boolean => network?.isConnected(id) === true;
  const judges = opening.use(new RemoteJudges(channelTo, clock));
  let follow: FollowMembers | undefined;
  const member = opening.use(
    await openMember({
      ...options,
      membership,
      transport: network?.peers ?? NOBODY,
      formatOf: (id) => network?.peers.status().find((peer) => peer.member === id)?.commandFormat,
      store: { ...options.store, leaseJudgeOf: (leader) => judges.of(leader) },
      onEvent: (event) => {
        options.onEvent(event);
        if (event.kind === 'reconfigured') follow?.look();
        if (event.kind !== 'removed') return;
        clock.after(LAST_WORDS_MS, () => {
          onFatal(new MemberRemovedError(membership.memberId));
        });
      },
    }),
  );
  network?.peers.attach(member.raft);
  const records = new MemberRecords(member.store);
  if (network !== undefined) {
    follow = opening.use(new FollowMembers({ member, records, peers: network.peers, clock }));
  }
  const hasPeerPort = network !== undefined;
  const leaderAdmin = new LeaderAdmin({ member, records, clock, rng, isConnected, hasPeerPort });
  const admin = new PassingAdmin({ member, leaderAdmin, authorize, channelTo });
  network?.serve({ member, leaderAdmin, admin });
  if (network !== undefined) opening.use(compareMembers({ member, channelTo, clock, logger: options.logger }));
  opening.use(new PromoteLearners({ member, leaderAdmin, clock }));
  opening.defer(() => handOver(leaderAdmin, member, options.drainMs));
  return {
    member,
    admin,
    service: clusterService({ serving: () => ({ admin, member }), authorize, isConnected }),
    announce: announcement({ member, records, clock, folder: options.folder, peerAddress: options.peer?.advertise }),
  };
}

/** For whoever asked this member itself to remove it: it answers before it ends. */
const LAST_WORDS_MS = 500;

const NOBODY: Transport = {
  send: () => undefined,
  sendSnapshot: () => Promise.reject(new Error('there is nobody else')),
};
