import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { formatId } from '../folder/member-file.ts';
import type { OtherMember } from './ask-others.ts';
import type { Remains } from './read-remains.ts';

const INSTEAD =
  'if no folder of a member is whole, or you want what was at an earlier time: portolan registry restore, of a backup';

/** There is no cluster that this folder could be taken out of. */
export class NothingToForceError extends PortolanError {
  readonly code = 'CLUSTER_NOTHING_TO_FORCE';
  readonly kind: ErrorKind = 'precondition';

  constructor(folder: string, why: string) {
    super(`there is no new cluster to be made of ${folder}: ${why}`, {
      fix: `start it without --force-new-cluster; ${INSTEAD}`,
      context: { dataDir: folder },
    });
  }
}

/** The cluster goes on: two would come of it, each with clients of its own. */
export class ClusterHasLeaderError extends PortolanError {
  readonly code = 'CLUSTER_HAS_LEADER';
  readonly kind: ErrorKind = 'precondition';

  constructor(clusterId: bigint, leaderId: bigint, { address }: OtherMember) {
    super(
      `cluster ${formatId(clusterId)} has not lost its majority: ${address} answers, and knows ${formatId(leaderId)} to lead`,
      {
        fix: 'start this member without --force-new-cluster; if you do want a second cluster beside that one, with --force-beside-leader on as well',
        context: { cluster: formatId(clusterId), leader: formatId(leaderId), address },
      },
    );
  }
}

/** What it would cost, and how to say that it is meant. */
export class ForceUnconfirmedError extends PortolanError {
  readonly code = 'CLUSTER_FORCE_UNCONFIRMED';
  readonly kind: ErrorKind = 'precondition';

  constructor(remains: Remains, others: readonly OtherMember[], confirmation: string) {
    super(lossOf(remains, others).join('; '), {
      fix: `to do it: --force-new-cluster ${confirmation}; ${INSTEAD}`,
      context: { confirmation },
    });
  }
}

function lossOf(remains: Remains, others: readonly OtherMember[]): readonly string[] {
  const { membership, term, last, committed, configuration, state } = remains;
  const { clusterId, memberId } = membership;
  const away = configuration.voters.filter((id) => id !== memberId).length;
  return [
    `member ${formatId(memberId)} of cluster ${formatId(clusterId)}, which has ${configuration.voters.length} voters, would be a new cluster alone, with what it has: entries up to ${last} in term ${term}, revision ${state.revision}`,
    `lost for ever is what the other ${away} have committed beyond entry ${last}; how much that is, nobody here knows`,
    ...(last === committed
      ? []
      : [`entries ${committed + 1} to ${last} are kept, though this member does not know that they were committed`]),
    ...others.map(
      (other) =>
        `${other.address} answers, has no leader, and has committed up to ${other.committed} in term ${other.term}${other.committed > last ? ': more than this one, so better take that one' : ''}`,
    ),
    'the other members must not run any more: they are of another cluster then, and have to be emptied before they join this one',
    'every watch begins anew, for revisions are raised',
  ];
}
