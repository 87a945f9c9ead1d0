import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A text that names no member, or several. */
export class NoSuchMemberError extends PortolanError {
  readonly code = 'CLI_NO_SUCH_MEMBER';
  readonly kind: ErrorKind = 'not-found';

  constructor(asked: string, known: readonly string[]) {
    super(`no member of the cluster is called ${asked}`, {
      fix: `name one of them by its id or name: ${known.join(', ')}`,
      context: { asked },
    });
  }
}

/** The process that takes a member's place has not come, or not caught up. */
export class ReplacementLateError extends PortolanError {
  readonly code = 'CLI_REPLACEMENT_LATE';
  readonly kind: ErrorKind = 'deadline';

  constructor(name: string, seconds: number, cause: unknown) {
    super(`${name} has not caught up within ${seconds} s`, {
      fix: 'see that its process runs with --join, then give the same command again: it goes on where it was',
      context: { name, seconds },
      cause,
    });
  }
}
