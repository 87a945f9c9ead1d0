import { Client, Pool, type Dispatcher } from 'undici';
import {
  HEADER_BYTES_MAX,
  REQUESTS_PER_ENDPOINT_MAX,
  UPSTREAM_KEEP_ALIVE_MARGIN_MS,
  UPSTREAM_KEEP_ALIVE_MAX_MS,
  UPSTREAM_KEEP_ALIVE_MS,
} from './limits.ts';

export interface PoolOptions {
  readonly connectTimeoutMs: number;
  /** How long an answer may pause between two chunks. */
  readonly idleTimeoutMs: number;
}

/** Connections to endpoints, by address: kept alive while the endpoint is in the snapshot, given up gracefully after. */
export class ConnectionPools implements AsyncDisposable {
  readonly #options: Client.Options;
  readonly #pools = new Map<string, Pool>();

  constructor({ connectTimeoutMs, idleTimeoutMs }: PoolOptions) {
    this.#options = {
      connect: { timeout: connectTimeoutMs, noDelay: true },
      // The first byte is timed by the exchange, on the process's clock.
      headersTimeout: 0,
      bodyTimeout: idleTimeoutMs,
      keepAliveTimeout: UPSTREAM_KEEP_ALIVE_MS,
      keepAliveMaxTimeout: UPSTREAM_KEEP_ALIVE_MAX_MS,
      keepAliveTimeoutThreshold: UPSTREAM_KEEP_ALIVE_MARGIN_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      pipelining: 1,
    };
  }

  /** @param fresh on a new connection, for a request that was lost on one that the endpoint had just closed */
  dispatch(
    address: string,
    fresh: boolean,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    if (!fresh) {
      this.#poolOf(address).dispatch(request, handler);
      return;
    }
    const client = new Client(`http://${address}`, this.#options);
    client.dispatch({ ...request, reset: true }, handler);
    // Closes when the exchange is over; its failure is the exchange's.
    client.close().catch(() => undefined);
  }

  /** Gives up connections to all other addresses once their requests are over. */
  retain(addresses: ReadonlySet<string>): void {
    for (const [address, pool] of this.#pools) {
      if (addresses.has(address)) continue;
      this.#pools.delete(address);
      pool.close().catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolOf(address: string): Pool {
    let pool = this.#pools.get(address);
    if (pool === undefined) {
      pool = new Pool(`http://${address}`, { ...this.#options, connections: REQUESTS_PER_ENDPOINT_MAX });
      this.#pools.set(address, pool);
    }
    return pool;
  }
}
