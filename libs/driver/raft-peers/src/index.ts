export type { MemberAddresses } from './addresses/member-addresses.ts';
export {
  MalformedFrameError,
  NoMemberYetError,
  PeerSilentError,
  SelfDialError,
  SnapshotDigestError,
  SnapshotNotSentError,
  SnapshotsBusyError,
  TooManyPeersError,
  UnsupportedVersionError,
  WrongClusterError,
  WrongIncarnationError,
  WrongMemberError,
} from './errors.ts';
export type { Introduction } from './introduction.ts';
export { DEFAULT_PEERS_LIMITS, type PeersLimits } from './limits.ts';
export { openPeers } from './open-peers.ts';
export { PEER_RPC_LIMITS, type PeerIdentity, type PeersEvent, type PeersOptions } from './options.ts';
export type { Peers, Receiver } from './peers.ts';
export type { PeerConnection, PeerStatus } from './status.ts';
