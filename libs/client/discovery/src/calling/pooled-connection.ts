import type { Clock } from '@portolan/kernel';
import { RpcError, type Connection } from '@portolan/rpc';

/**
 * A host that is gone without a word refuses nothing: after this long another endpoint is tried. Long enough for one lost
 * packet of the handshake, which is sent again after a second; a longer one would eat the deadline of the call.
 */
export const CONNECT_MS = 1_200;

/** One connection, used by any number of calls at once. */
export class PooledConnection {
  readonly connection: Connection;
  readonly #clock: Clock;
  /** Calls under way; the pool's own. */
  calls = 0;
  /** When a call last ended; the pool's own. */
  usedAt = 0;
  #open = false;
  #opening: Promise<void> | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
  }

  /** It was open when last seen, and a call may go ahead. */
  get open(): boolean {
    return this.#open;
  }

  /** A call failed: look before the next one. */
  doubt(): void {
    this.#open = false;
  }

  /** Rejects with an RpcError once it is refused, or not open within CONNECT_MS. All who wait share one attempt. */
  opened(): Promise<void> {
    return (this.#opening ??= this.#openOnce());
  }

  async #openOnce(): Promise<void> {
    const late = new AbortController();
    const timer = this.#clock.after(CONNECT_MS, () => {
      late.abort(silent(this.connection.address));
    });
    try {
      await this.connection.ready(late.signal);
      this.#open = true;
    } finally {
      timer.cancel();
      this.#opening = undefined;
    }
  }
}

function silent(address: string): RpcError {
  return new RpcError(`${address} did not answer within ${CONNECT_MS} ms`, {
    code: 'RPC_NOT_CONNECTED',
    kind: 'unavailable',
    fix: `see that the host of ${address} is up and can be reached, or call another one`,
    context: { address },
    reachedServer: false,
  });
}
