import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A server cannot be reached: nothing was sent. */
export class ConnectError extends PortolanError {
  readonly code = 'HTTP_CONNECT_FAILED';
  readonly kind: ErrorKind = 'unavailable';

  constructor(address: string, cause: Error) {
    super(`cannot connect to ${address}: ${cause.message}`, {
      fix: `see that a server listens at ${address}, or ask another one`,
      context: { address },
      cause,
    });
  }
}

/** All connections to a server are full, and so is the queue for them: nothing was sent. */
export class PoolBusyError extends PortolanError {
  readonly code = 'HTTP_POOL_BUSY';
  readonly kind: ErrorKind = 'exhausted';

  constructor(address: string, max: number) {
    super(`${max} requests already wait for ${address}`, {
      fix: 'back off, ask another server, or allow more connections',
      context: { address, max },
    });
  }
}

/** The connections to a server were closed here. */
export class PoolClosedError extends PortolanError {
  readonly code = 'HTTP_POOL_CLOSED';
  readonly kind: ErrorKind = 'cancelled';

  constructor(address: string) {
    super(`the connections to ${address} were closed here`, {
      fix: 'end requests before disposing what they are sent by',
      context: { address },
    });
  }
}
