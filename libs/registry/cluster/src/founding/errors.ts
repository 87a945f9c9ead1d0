import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { formatId } from '../folder/member-file.ts';

/** Those that are to found a cluster together were told different lists: each list could found one of its own. */
export class PeersDifferError extends PortolanError {
  readonly code = 'CLUSTER_PEERS_DIFFER';
  readonly kind: ErrorKind = 'precondition';

  constructor(address: string, why: string) {
    super(`the peer at ${address} cannot found a cluster with this one: ${why}`, {
      fix: 'start all members with the same --peers, each of them once, the own --advertise-peer among them',
      context: { address },
    });
  }
}

/** It would have to be in the list that it was given. */
export class NotAmongPeersError extends PortolanError {
  readonly code = 'CLUSTER_NOT_AMONG_PEERS';
  readonly kind: ErrorKind = 'invalid';

  constructor(own: string, peers: readonly string[]) {
    super(`--peers does not have ${own}, which is where this member is reached: ${peers.join(', ')}`, {
      fix: 'add it to --peers of all members, or say with --advertise-peer which of them is this one',
      context: { own },
    });
  }
}

/** The cluster runs, and this folder is empty: who it was has forgotten what it voted for and acknowledged. */
export class MemberForgottenError extends PortolanError {
  readonly code = 'CLUSTER_MEMBER_FORGOTTEN';
  readonly kind: ErrorKind = 'precondition';

  constructor(clusterId: bigint, lost: { readonly id: bigint; readonly name: string } | undefined) {
    const who =
      lost === undefined
        ? 'it is none of its members'
        : `its member ${formatId(lost.id)} (${lost.name}) had other data`;
    super(`cluster ${formatId(clusterId)} runs without this one: the data folder is empty, and ${who}`, {
      fix:
        lost === undefined
          ? 'start this one with --join instead of --peers'
          : `portolan member remove ${formatId(lost.id)}, then start this one with --join; if its folder was moved, put it back`,
      context: { cluster: formatId(clusterId), ...(lost !== undefined && { member: formatId(lost.id) }) },
    });
  }
}

/** It was removed from the cluster, which goes on without it. */
export class MemberRemovedError extends PortolanError {
  readonly code = 'CLUSTER_MEMBER_REMOVED';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: bigint) {
    super(`this member, ${formatId(id)}, was removed from its cluster`, {
      fix: 'nothing, if that was meant; to take part again, empty its --data-dir and start it with --join',
      context: { member: formatId(id) },
    });
  }
}
