import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The data folder cannot be used, or what is in it is not ours. */
export class DataDirError extends PortolanError {
  readonly code = 'REGISTRY_DATA_DIR';
  readonly kind: ErrorKind = 'precondition';

  constructor(folder: string, reason: string, cause: unknown) {
    super(`cannot use the data folder ${folder}: ${reason}`, {
      fix: 'choose a --data-dir that this user may write; if member.json in it is damaged, restore it from a copy, or let this member rejoin with an empty folder',
      context: { dataDir: folder },
      cause,
    });
  }
}

/** A second process would write to the log of the first. */
export class MemberRunsError extends PortolanError {
  readonly code = 'CLUSTER_MEMBER_RUNS';
  readonly kind: ErrorKind = 'conflict';

  constructor(folder: string, pid: number | undefined, cause: unknown) {
    super(`the member of ${folder} runs already${pid === undefined ? '' : `, as process ${pid}`}`, {
      fix: 'end that process first, or give this member a --data-dir of its own',
      context: { dataDir: folder, ...(pid !== undefined && { pid }) },
      cause,
    });
  }
}
