import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A member by what it says of itself, for errors. */
export interface Side {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

const nameOf = ({ clusterId, memberId }: Side): string => `member ${memberId} of cluster ${clusterId}`;

/** Two processes that are members of different clusters. */
export class WrongClusterError extends PortolanError {
  readonly code = 'RAFT_PEER_WRONG_CLUSTER';
  readonly kind: ErrorKind = 'precondition';
  constructor(here: Side, there: Side) {
    super(`this is ${nameOf(here)}, and ${nameOf(there)} spoke to it`, {
      fix: 'correct the peer addresses of one of them; a member that moved to another cluster needs an empty data folder',
      context: { clusterId: here.clusterId, memberId: here.memberId, peerCluster: there.clusterId },
    });
  }
}

/** Members of one cluster, of which one has data from before a restore. */
export class WrongIncarnationError extends PortolanError {
  readonly code = 'RAFT_PEER_WRONG_INCARNATION';
  readonly kind: ErrorKind = 'precondition';
  constructor(here: Side, there: Side, incarnations: { readonly here: bigint; readonly there: bigint }) {
    super(
      `this is ${nameOf(here)} at incarnation ${incarnations.here}, and ${nameOf(there)} is at ${incarnations.there}`,
      {
        fix: 'let the one that was not restored rejoin with an empty data folder',
        context: { incarnation: incarnations.here, peerIncarnation: incarnations.there },
      },
    );
  }
}

/** The address is another member's by now. */
export class WrongMemberError extends PortolanError {
  readonly code = 'RAFT_PEER_WRONG_MEMBER';
  readonly kind: ErrorKind = 'not-found';
  constructor(here: Side, wanted: Side) {
    super(`this is ${nameOf(here)}, and ${nameOf(wanted)} was looked for`, {
      fix: 'nothing, if that member has moved: its new address is learned from the others',
      context: { memberId: here.memberId, wanted: wanted.memberId },
    });
  }
}

/** Two processes believe to be the same member, or one has dialled itself. */
export class SelfDialError extends PortolanError {
  readonly code = 'RAFT_PEER_SELF';
  readonly kind: ErrorKind = 'precondition';
  constructor(here: Side) {
    super(`this is ${nameOf(here)}, and who spoke to it says to be the same`, {
      fix: 'correct the peer addresses; if it is another process, end it: it runs on a copy of this data folder',
      context: { memberId: here.memberId },
    });
  }
}

/** The process has no data yet: it begins or joins a cluster at this moment. */
export class NoMemberYetError extends PortolanError {
  readonly code = 'RAFT_PEER_NO_MEMBER_YET';
  readonly kind: ErrorKind = 'unavailable';
  constructor(name: string) {
    super(`${name} is no member of a cluster yet`, { fix: 'nothing: it is tried again', context: { name } });
  }
}

/** More processes speak to this one than a cluster has members. */
export class TooManyPeersError extends PortolanError {
  readonly code = 'RAFT_PEER_TOO_MANY';
  readonly kind: ErrorKind = 'exhausted';
  constructor(max: number) {
    super(`${max} processes that are no members known here speak to this one already`, {
      fix: 'find out what they are by their addresses in the log',
      context: { max },
    });
  }
}

/** No version of this service is spoken by both. */
export class UnsupportedVersionError extends PortolanError {
  readonly code = 'RAFT_PEER_VERSION';
  readonly kind: ErrorKind = 'unimplemented';
  constructor(here: VersionRange, there: VersionRange) {
    super(`this speaks versions ${here.min} to ${here.max}, and the peer ${there.min} to ${there.max}`, {
      fix: 'upgrade one version at a time, the whole cluster each time',
      context: { min: here.min, max: here.max, peerMin: there.min, peerMax: there.max },
    });
  }
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What came is not what any version sends. */
export class MalformedFrameError extends PortolanError {
  readonly code = 'RAFT_PEER_MALFORMED';
  readonly kind: ErrorKind = 'invalid';
  constructor(what: string, why: string, cause?: unknown) {
    super(`a ${what} can't be read: ${why}`, {
      fix: 'find out what speaks there; a peer of this version would not say that',
      context: { what },
      cause,
    });
  }
}

/** The peer does not answer any more. */
export class PeerSilentError extends PortolanError {
  readonly code = 'RAFT_PEER_SILENT';
  readonly kind: ErrorKind = 'unavailable';
  constructor(address: string, ms: number) {
    super(`the peer at ${address} has said nothing for ${ms} ms`, {
      fix: 'look whether its process and the network between are well',
      context: { address, ms },
    });
  }
}

/** A snapshot could not be brought to its member. */
export class SnapshotNotSentError extends PortolanError {
  readonly code = 'RAFT_PEER_SNAPSHOT_NOT_SENT';
  readonly kind: ErrorKind = 'unavailable';
  constructor(to: bigint, why: string, cause?: unknown) {
    super(`the snapshot for member ${to} was not brought to it: ${why}`, {
      fix: 'nothing: the leader sends one again',
      context: { to },
      cause,
    });
  }
}

/** As many snapshots are under way as may be at a time. */
export class SnapshotsBusyError extends PortolanError {
  readonly code = 'RAFT_PEER_SNAPSHOTS_BUSY';
  readonly kind: ErrorKind = 'exhausted';
  constructor(max: number) {
    super(`${max} snapshots are under way already`, { fix: 'nothing: the leader sends one again', context: { max } });
  }
}

/** A snapshot whose bytes are not those that were sent. */
export class SnapshotDigestError extends PortolanError {
  readonly code = 'RAFT_PEER_SNAPSHOT_DIGEST';
  readonly kind: ErrorKind = 'invalid';
  constructor(index: number, bytes: { readonly sent: number; readonly received: number }) {
    super(`the snapshot at ${index} is not what was sent: ${bytes.received} of ${bytes.sent} bytes, or other ones`, {
      fix: 'nothing: the leader sends it again; if it repeats, look at the network',
      context: { index, sent: bytes.sent, received: bytes.received },
    });
  }
}
