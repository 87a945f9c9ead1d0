import { startFastServer } from '@portolan/grpc';
import type { Clock, Rng } from '@portolan/kernel';
import { COMMAND_FORMAT, type ClusterAdmin } from '@portolan/kv';
import { storeAdminBinding } from '@portolan/native-dialect';
import type { MemberId } from '@portolan/raft';
import { NoMemberYetError, openPeers, PEER_RPC_LIMITS, type Peers } from '@portolan/raft-peers';
import type { TlsIdentity } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import type { DataFolder } from './folder/data-folder.ts';
import { readPeerBook, writePeerBook } from './folder/peer-book.ts';
import type { Introduction } from './founding/introduction.ts';
import { clusterService } from './members/cluster-service.ts';
import { memberService, type ServingMember } from './members/member-service.ts';

export interface NetworkOptions {
  readonly folder: DataFolder;
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
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly drainMs: number;
  readonly onFatal: (error: unknown) => void;
}

export type Serving = ServingMember & { readonly admin: ClusterAdmin };

/** The other members, and what they ask of this one. */
export interface Network extends AsyncDisposable {
  readonly peers: Peers;
  readonly self: () => Introduction;
  readonly isConnected: (id: MemberId) => boolean;
  /** From now on it answers as a member. */
  serve(serving: Serving): void;
}

/**
 * Opens the port for peers. Nobody is spoken to yet, and whoever asks learns that there is no member.
 * @throws RpcBindError
 */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, advertise, clock, rng, tls, logger, onFatal } = options;
  await using opening = new AsyncDisposableStack();
  const { membership } = folder;
  let writing = Promise.resolve();
  opening.defer(() => writing);
  const peers = opening.use(
    openPeers({
      name: folder.name,
      clusterName: '',
      advertise: [advertise],
      commandFormat: COMMAND_FORMAT,
      book: await readPeerBook(folder.path),
      seeds: options.seeds.filter((address) => address !== advertise),
      onBookChanged: (book) => {
        writing = writing.then(() => writePeerBook(folder.path, book)).catch(onFatal);
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
        memberService({ introduction: self, serving, channelTo: (id) => peers.channelTo(id) }),
        clusterService({ serving, isConnected }),
        storeAdminBinding(() => serving().member.store.admin),
      ],
      limits: PEER_RPC_LIMITS,
      logger,
      drainMs: options.drainMs,
      tls,
      instance: folder.name,
      clock,
    }),
  );
  const opened = opening.move();
  return {
    peers,
    self,
    isConnected,
    serve: (answering) => {
      serves = answering;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
