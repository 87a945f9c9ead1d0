import type { MemberId } from '@portolan/raft';
import type { RaftMember, Transport } from '@portolan/raft-driver';
import type { BoundService, RpcChannel } from '@portolan/rpc';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import type { Introduction } from './introduction.ts';
import type { PeerIdentity } from './options.ts';
import type { PeerStatus } from './status.ts';

/** What messages are brought to. */
export type Receiver = Pick<RaftMember<unknown>, 'receive' | 'receiveSnapshot' | 'reportUnreachable'>;

/**
 * The other members of a cluster, over the network. In order:
 * 1. `openPeers`, and a server for `services` (`startFastServer` with `PEER_RPC_LIMITS` and the same `tls`); now `greet`
 * 2. `becomeMember`, unless the options said who this is; `learn` of those that are known to be members
 * 3. `startRaft` with this as its transport, and `attach` with the member: what came before is lost, which Raft bears
 *
 * Disposing ends all streams; the member is disposed before, the server before or after.
 */
export interface Peers extends Transport, AsyncDisposable {
  /** For the peer server. */
  readonly services: readonly BoundService[];
  /** Undefined until this process is a member. */
  readonly identity: PeerIdentity | undefined;
  /** This process is that member from now on. Once. */
  becomeMember(identity: PeerIdentity): void;
  /** Where messages and snapshots go that come from now on. */
  attach(receiver: Receiver): void;
  /**
   * `member` is a member, and may be reached at `addresses`: a stream to it is kept from now on. What it says itself of its addresses
   * is tried first. Again: those addresses are the ones to try. This member itself is passed over.
   * @throws NoMemberYetError before this process is a member
   */
  learn(member: MemberId, addresses: readonly string[]): void;
  /** `member` is a member no more: its streams end, and none is opened to it. It may open one, to hear from Raft what it is. */
  forget(member: MemberId): void;
  /** This process is reached elsewhere from now on: all peers are told. */
  advertise(addresses: readonly string[]): void;
  /** Of all members that were heard of, this one included. */
  readonly book: readonly MemberAddresses[];
  /**
   * Asks who is at `address`, and says who this is.
   * @throws RpcError when nobody answers in time, UnsupportedVersionError, MalformedFrameError
   */
  greet(address: string, signal: AbortSignal): Promise<Introduction>;
  /** By member id; without this one. */
  status(): readonly PeerStatus[];
  /**
   * For unary calls to `member`, on a connection of their own, so that no call delays Raft. Not to be disposed by the caller. Ask for it
   * at each call: it follows the member's addresses. Undefined when no address is known.
   */
  channelTo(member: MemberId): RpcChannel | undefined;
}
