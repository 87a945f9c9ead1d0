import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The server cannot listen where it was told to. */
export class ListenError extends PortolanError {
  readonly code = 'HTTP_LISTEN_FAILED';
  readonly kind: ErrorKind = 'precondition';

  constructor(host: string, port: number, cause: Error) {
    super(`cannot listen at ${host}:${port}: ${cause.message}`, {
      fix: `choose another port (0 is any free one), or end what listens there (ss -ltnp 'sport = :${port}')`,
      context: { host, port },
      cause,
    });
  }
}
