import { assert, type Clock, type Principal } from '@portolan/kernel';
import { connect, type TlsIdentity } from '@portolan/rpc';
import type { Registry } from '@portolan/telemetry';
import type { EndpointSet } from '../discovery.ts';
import { ChannelClosedError, TooManyConnectionsError } from './calling-errors.ts';
import { PooledConnection } from './pooled-connection.ts';

/**
 * Connections of one process: a socket and some 50 KiB each. Full: the idle one unused for longest makes room, and it
 * opens again when it is needed; with calls under way on all of them, a call elsewhere fails.
 */
export const CONNECTIONS_MAX = 1_024;

export interface ConnectionPoolOptions {
  readonly clock: Clock;
  /** Who calls, unless a call says otherwise. */
  readonly principal: Principal;
  readonly tls?: TlsIdentity | undefined;
  /** Where `rpc_client_*` metrics are registered. */
  readonly metrics?: Registry | undefined;
  readonly connectionsMax?: number;
}

/** One connection an address, opened by its first call and shared by all channels. */
export interface ConnectionPool extends AsyncDisposable {
  /** Connections to these endpoints are kept while they are listed, and until their last call has ended. */
  follow(endpoints: EndpointSet): Disposable;
  /**
   * For one call; give it back.
   * @throws RpcError: ChannelClosedError, TooManyConnectionsError
   */
  acquire(address: string): PooledConnection;
  release(connection: PooledConnection): void;
  readonly size: number;
}

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  return new Pool(options);
}

/** One set of endpoints, however many channels use it. */
interface Followed {
  users: number;
  addresses: ReadonlySet<string>;
  readonly unsubscribe: () => void;
}

class Pool implements ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #connectionsMax: number;
  readonly #connections = new Map<string, PooledConnection>();
  readonly #followed = new Map<EndpointSet, Followed>();
  /** How many sets list an address. */
  readonly #listed = new Map<string, number>();
  #closed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
  }

  get size(): number {
    return this.#connections.size;
  }

  follow(endpoints: EndpointSet): Disposable {
    if (this.#closed) throw new ChannelClosedError();
    let followed = this.#followed.get(endpoints);
    if (followed === undefined) {
      const added: Followed = {
        users: 0,
        addresses: new Set(),
        unsubscribe: endpoints.subscribe(() => {
          this.#list(added, addressesOf(endpoints));
        }),
      };
      followed = added;
      this.#followed.set(endpoints, followed);
      this.#list(followed, addressesOf(endpoints));
    }
    const { unsubscribe } = followed;
    const entry = followed;
    entry.users += 1;
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        entry.users -= 1;
        if (entry.users > 0) return;
        unsubscribe();
        this.#followed.delete(endpoints);
        this.#list(entry, new Set());
      },
    };
  }

  /** Hot path: a look into a map. */
  acquire(address: string): PooledConnection {
    const pooled = this.#connections.get(address) ?? this.#add(address);
    pooled.calls += 1;
    return pooled;
  }

  release(pooled: PooledConnection): void {
    assert(pooled.calls > 0, 'a connection is given back once a call');
    pooled.calls -= 1;
    pooled.usedAt = this.#options.clock.now();
    if (pooled.calls === 0) this.#closeUnlisted(pooled.connection.address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const { unsubscribe } of this.#followed.values()) unsubscribe();
    this.#followed.clear();
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map(({ connection }) => connection[Symbol.asyncDispose]()));
  }

  #add(address: string): PooledConnection {
    if (this.#closed) throw new ChannelClosedError();
    if (this.#connections.size >= this.#connectionsMax) this.#makeRoom();
    const { clock, principal, tls, metrics } = this.#options;
    const connection = connect(address, { tls, principal, ...(metrics !== undefined && { registry: metrics }) });
    const pooled = new PooledConnection(connection, clock);
    this.#connections.set(address, pooled);
    return pooled;
  }

  #makeRoom(): void {
    let idlest: PooledConnection | undefined;
    for (const pooled of this.#connections.values()) {
      if (pooled.calls === 0 && (idlest === undefined || pooled.usedAt < idlest.usedAt)) idlest = pooled;
    }
    if (idlest === undefined) throw new TooManyConnectionsError(this.#connectionsMax);
    this.#close(idlest);
  }

  #list(followed: Followed, addresses: ReadonlySet<string>): void {
    const before = followed.addresses;
    followed.addresses = addresses;
    for (const address of addresses) {
      if (!before.has(address)) this.#listed.set(address, (this.#listed.get(address) ?? 0) + 1);
    }
    for (const address of before) {
      if (addresses.has(address)) continue;
      const sets = (this.#listed.get(address) ?? 0) - 1;
      if (sets > 0) this.#listed.set(address, sets);
      else this.#listed.delete(address);
      this.#closeUnlisted(address);
    }
  }

  #closeUnlisted(address: string): void {
    const pooled = this.#connections.get(address);
    if (pooled?.calls === 0 && !this.#listed.has(address)) this.#close(pooled);
  }

  #close(pooled: PooledConnection): void {
    this.#connections.delete(pooled.connection.address);
    // Nothing is under way on it, so there is nothing to wait for.
    void pooled.connection[Symbol.asyncDispose]();
  }
}

function addressesOf(endpoints: EndpointSet): ReadonlySet<string> {
  return new Set(endpoints.current().map(({ address }) => address));
}
