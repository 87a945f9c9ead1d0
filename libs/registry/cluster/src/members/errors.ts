import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { formatId } from '../folder/member-file.ts';

/** After the change a majority of the voters would not answer: nothing could be decided any more, not even to undo it. */
export class QuorumAtRiskError extends PortolanError {
  readonly code = 'CLUSTER_QUORUM_AT_RISK';
  readonly kind: ErrorKind = 'precondition';

  constructor(voters: number, silent: readonly bigint[]) {
    const names = silent.map(formatId).join(', ');
    super(`of the ${voters} voters that there would be, ${names} do not answer: no majority would be left`, {
      fix: 'bring those members back first, or remove one of them instead',
      context: { voters, silent: names },
    });
  }
}

/** The change of members did not come about in time. */
export class ChangeUnsettledError extends PortolanError {
  readonly code = 'CLUSTER_CHANGE_UNSETTLED';
  readonly kind: ErrorKind = 'unavailable';

  constructor(cause?: unknown) {
    super('the change of members was not decided in time', {
      fix: 'list the members to see whether it came about; ask again if it did not',
      cause,
    });
  }
}

/** Without an address others reach, there is nothing to join. */
export class NoPeerPortError extends PortolanError {
  readonly code = 'CLUSTER_NO_PEER_PORT';
  readonly kind: ErrorKind = 'precondition';

  constructor() {
    super('this registry is alone and listens for no peers, so no member could reach it', {
      fix: 'restart it with --peer-port 2380 first; its data stays',
    });
  }
}
