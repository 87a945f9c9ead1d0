import { startFastServer } from '@portolan/grpc';
import type { Clock, Principal, Rng } from '@portolan/kernel';
import { COMMAND_FORMAT, type ClusterAdmin } from '@portolan/kv';
import { storeAdminBinding } from '@portolan/native-dialect';
import type { MemberId } from '@portolan/raft';
import { NoMemberYetError, openPeers, PEER_RPC_LIMITS, type MemberAddresses, type Peers } from '@portolan/raft-peers';
import type { TlsIdentity } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import type { DataFolder } from './folder/data-folder.ts';
import { readPeerBook, writePeerBook } from './folder/peer-book.ts';
import { PeerBookWriter } from './folder/peer-book-writer.ts';
import type { Introduction } from './founding/introduction.ts';
import { clusterService } from './members/cluster-service.ts';
import { DEFAULT_PEER_NAMES, memberCertificates } from './members/member-certificates.ts';
import { memberService, type ServingMember } from './members/member-service.ts';

export interface NetworkOptions {
  readonly folder: Pick<DataFolder, 'path' | 'name' | 'nonce' | 'membership'>;
  readonly bind: { readonly host: string; readonly port: number };
  /** `host:port`, where others reach it. */
  readonly advertise: string;
  /** Those it founds a cluster with. */
  readonly peers: readonly string[];
  /** `host:port` of any others, to be asked where members are. */
  readonly seeds: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly tls: TlsIdentity | undefined;
  readonly peerAllowedNames?: readonly string[];
  /** @throws ForbiddenError */
  readonly authorize: (principal: Principal, verb: 'read' | 'administer') => void;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly drainMs: number;
}

export type Serving = ServingMember & { readonly admin: ClusterAdmin };

/** The other members, and what they ask of this one. */
export interface Network extends AsyncDisposable {
  readonly peers: Peers;
  /** For connections to who may be a member. */
  readonly tls: TlsIdentity | undefined;
  readonly self: () => Introduction;
  readonly isConnected: (id: MemberId) => boolean;
  /** From now on it answers as a member. */
  serve(serving: Serving): void;
}

/**
 * Opens the port for peers. Nobody is spoken to yet, and whoever asks learns that there is no member.
 * @throws RpcBindError, NoMemberCertificateError
 */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, advertise, clock, rng, logger, authorize } = options;
  const certificates =
    options.tls === undefined
      ? undefined
      : memberCertificates(options.tls, options.peerAllowedNames ?? DEFAULT_PEER_NAMES, logger);
  const tls = certificates?.tls;
  await using opening = new AsyncDisposableStack();
  const { membership } = folder;
  const write = (book: readonly MemberAddresses[]): Promise<void> => writePeerBook(folder.path, book);
  const kept = opening.use(new PeerBookWriter({ write, clock, logger }));
  const peers = opening.use(
    openPeers({
      name: folder.name,
      clusterName: '',
      advertise: [advertise],
      commandFormat: COMMAND_FORMAT,
      book: await readPeerBook(folder.path),
      seeds: options.seeds.filter((address) => address !== advertise),
      onBookChanged: (book) => {
        kept.save(book);
      },
      tls,
      registry: options.metrics,
      clock,
      rng,
      logger,
      ...(membership !== undefined && {
        identity: {
          clusterId: membership.clusterId,
          memberId: membership.memberId,
          incarnation: BigInt(membership.generation),
        },
      }),
    }),
  );
  let serves: Serving | undefined;
  const serving = (): Serving => {
    if (serves === undefined) throw new NoMemberYetError(folder.name);
    return serves;
  };
  const self = (): Introduction => ({
    name: folder.name,
    nonce: folder.nonce,
    peerAddress: advertise,
    peers: options.peers,
    membership: folder.membership,
  });
  const isConnected = (id: MemberId): boolean =>
    peers.status().some(({ member, connection }) => member === id && connection !== undefined);
  opening.use(
    await startFastServer({
      bind: options.bind,
      services: [
        ...peers.services,
        memberService({ introduction: self, serving, authorize, channelTo: (id) => peers.channelTo(id) }),
        clusterService({ serving, authorize, isConnected }),
        storeAdminBinding(() => serving().member.store.admin),
      ],
      limits: PEER_RPC_LIMITS,
      logger,
      drainMs: options.drainMs,
      tls,
      identify: certificates?.identify,
      instance: folder.name,
      clock,
    }),
  );
  const opened = opening.move();
  return {
    peers,
    tls,
    self,
    isConnected,
    serve: (answering) => {
      serves = answering;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
