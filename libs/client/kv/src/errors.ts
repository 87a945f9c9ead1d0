import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** More is waiting in this client than an answer could come in time for. */
export class KvClientOverloadedError extends PortolanError {
  readonly code = 'KV_CLIENT_OVERLOADED';
  readonly kind: ErrorKind = 'exhausted';

  constructor(what: string, waitingMax: number) {
    super(`${String(waitingMax)} ${what} of this client are waiting already`, {
      fix: 'wait for answers before asking more, or use a second client',
      context: { what, waitingMax },
    });
  }
}

/** The client was disposed. */
export class KvClientClosedError extends PortolanError {
  readonly code = 'KV_CLIENT_CLOSED';
  readonly kind: ErrorKind = 'cancelled';

  constructor() {
    super('this client is closed', { fix: 'dispose the client after its last use' });
  }
}

/** Who waits for a lock does so under a lease, and that has ended: others go before it now. */
export class LockLostError extends PortolanError {
  readonly code = 'KV_CLIENT_LOCK_LOST';
  readonly kind: ErrorKind = 'unavailable';

  constructor(name: string) {
    super(`the place in the queue for the lock ${name} is lost: its lease has ended`, {
      fix: 'ask for the lock again; if this happens often, ask with a longer time to live',
      context: { name },
    });
  }
}
