import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Nobody took the event safely in time; perhaps it was taken all the same. */
export class MessagingUnavailableError extends PortolanError {
  readonly code = 'MESSAGING_UNAVAILABLE';
  readonly kind: ErrorKind = 'unavailable';

  constructor(what: string, cause: unknown) {
    super(`${what} was not confirmed in time`, {
      fix: 'publish it again under the same id; see that the broker runs and can be reached',
      cause,
    });
  }
}
