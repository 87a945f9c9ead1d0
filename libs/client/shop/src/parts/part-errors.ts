import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A required service cannot be reached, or says that it cannot answer now. */
export class PartUnavailableError extends PortolanError {
  readonly code = 'SHOP_PART_UNAVAILABLE';
  readonly kind: ErrorKind = 'unavailable';

  constructor(service: string, cause: unknown) {
    super(`${service} cannot be reached just now`, {
      fix: 'try again after the seconds in Retry-After',
      context: { service },
      cause,
    });
  }
}

/** A required service did not answer before the deadline. */
export class PartTooLateError extends PortolanError {
  readonly code = 'SHOP_PART_TOO_LATE';
  readonly kind: ErrorKind = 'deadline';

  constructor(service: string, deadlineMs: number, cause: unknown) {
    super(`${service} did not answer within ${deadlineMs} ms`, {
      fix: 'try again; if it stays so, find out what is slow by the trace id',
      context: { service, deadlineMs },
      cause,
    });
  }
}

/** A required service broke, or refused what we sent it: not the caller's fault. */
export class PartFailedError extends PortolanError {
  readonly code = 'SHOP_PART_FAILED';
  readonly kind: ErrorKind = 'internal';

  constructor(service: string, cause: unknown) {
    super(`${service} failed`, {
      fix: 'find out why in the logs by the trace id',
      context: { service },
      cause,
    });
  }
}

/** A service left out something that its contract owes. */
export class MalformedAnswerError extends PortolanError {
  readonly code = 'SHOP_MALFORMED_ANSWER';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string) {
    super(`a service answered without ${what}`, { fix: 'run services and BFF of the same version', context: { what } });
  }
}

/** The reason of a signal that ends a call in time. */
export class DeadlinePassedError extends PortolanError {
  readonly code = 'SHOP_DEADLINE_PASSED';
  readonly kind: ErrorKind = 'deadline';

  constructor(deadlineMs: number) {
    super(`${deadlineMs} ms have passed`, { fix: 'wait longer, or ask for less', context: { deadlineMs } });
  }
}
