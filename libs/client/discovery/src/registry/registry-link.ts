import { assert, type Clock, type Millis, type Principal, type Rng } from '@portolan/kernel';
import { backoff, type BackoffOptions } from '@portolan/resilience';
import { connect, type TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { DiscoveryLogger } from '../discovery.ts';
import { DiscoveryClosedError } from '../errors.ts';
import { RegistryConnection } from './registry-connection.ts';

/** Quick after a blip; a registry that is back is found within 2 s. A whole round of addresses is one attempt. */
export const RECONNECT: BackoffOptions = { baseMs: 100, maxMs: 2_000, factor: 2 };

/** A registry that accepts but says nothing for so long is passed over. */
export const CONNECT_MS = 3_000;

/** A connection that lasted this long was a good one: its loss starts the backoff anew. */
export const STABLE_MS = 5_000;

export interface RegistryLinkOptions {
  readonly addresses: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
  readonly principal: Principal;
  readonly tls: TlsIdentity | undefined;
}

/** `connecting`: nobody knows yet. `away`: no address answered when last tried. */
export type LinkState = 'connecting' | 'connected' | 'away';

/** Keeps one good connection to any of the registry's nodes, for as long as it lives. */
export class RegistryLink implements AsyncDisposable {
  readonly #options: RegistryLinkOptions;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #connections = new Set<RegistryConnection>();
  readonly #running: Promise<void>;
  #state: LinkState = 'connecting';
  #current: RegistryConnection | undefined;
  #reconnects = 0;
  /** What the last attempt failed with. */
  #failure: unknown;

  constructor(options: RegistryLinkOptions) {
    assert(options.addresses.length > 0, 'a registry has at least one address');
    this.#options = options;
    this.#running = this.#run();
  }

  get addresses(): readonly string[] {
    return this.#options.addresses;
  }

  get state(): LinkState {
    return this.#state;
  }

  get current(): RegistryConnection | undefined {
    return this.#current;
  }

  /** Connections made after the first one. */
  get reconnects(): number {
    return this.#reconnects;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Called at each change of state or connection. @returns ends the subscription */
  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Waits for a connection. Rejects with the signal's reason, or when the link is closed. */
  connected(signal: AbortSignal): Promise<RegistryConnection> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        unsubscribe();
        signal.removeEventListener('abort', look);
      };
      const look = (): void => {
        if (this.#isClosed()) {
          end();
          reject(new DiscoveryClosedError());
        } else if (signal.aborted) {
          end();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the aborter's to choose
          reject(signal.reason);
        } else if (this.#current !== undefined) {
          end();
          resolve(this.#current);
        }
      };
      const unsubscribe = this.subscribe(look);
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }

  /** A stream or call on it showed that the node behind it is of no use now: another one is tried. */
  lost(connection: RegistryConnection, reason: unknown): void {
    if (connection !== this.#current) return;
    this.#current = undefined;
    this.#failure = reason;
    this.#options.logger.warn({ registry: connection.address, err: reason }, 'lost the registry');
    void connection.giveUp(reason);
    this.#become('connecting');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new DiscoveryClosedError());
    this.#current = undefined;
    for (const listener of [...this.#listeners]) listener();
    await this.#running;
    await Promise.all([...this.#connections].map((connection) => connection[Symbol.asyncDispose]()));
  }

  async #run(): Promise<void> {
    const { addresses, clock, rng, logger } = this.#options;
    let first = rng.below(addresses.length);
    let failures = 0;
    let connections = 0;
    while (!this.#isClosed()) {
      const found = await this.#round(first);
      if (found !== undefined) {
        first = (addresses.indexOf(found.address) + 1) % addresses.length;
        const since = clock.now();
        this.#reconnects = connections;
        connections += 1;
        await this.#hold(found);
        if (this.#isClosed()) return;
        if (lasted(clock, since)) {
          failures = 0;
          continue;
        }
      } else if (this.#state !== 'away' && !this.#isClosed()) {
        logger.warn({ registries: addresses, err: this.#failure }, 'no registry answers; trying on');
        this.#become('away');
      }
      await sleep(clock, backoff(RECONNECT, failures, rng), this.#closed.signal).catch(() => undefined);
      failures += 1;
    }
  }

  /** Tries each address once, from the one numbered `first`; a refused connection leads to the next one at once. */
  async #round(first: number): Promise<RegistryConnection | undefined> {
    const { addresses } = this.#options;
    for (const address of [...addresses.slice(first), ...addresses.slice(0, first)]) {
      if (this.#isClosed()) return undefined;
      const found = await this.#try(address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #try(address: string): Promise<RegistryConnection | undefined> {
    const { clock, principal, tls, logger } = this.#options;
    const connection = connect(address, { principal, tls });
    const late = new AbortController();
    const timer = clock.after(CONNECT_MS, () => {
      late.abort(new DOMException(`${address} did not answer within ${CONNECT_MS} ms`, 'TimeoutError'));
    });
    try {
      await connection.ready(AbortSignal.any([late.signal, this.#closed.signal]));
      return new RegistryConnection(connection);
    } catch (error) {
      this.#failure = error;
      logger.debug({ registry: address, err: error }, 'cannot connect to a registry');
      await connection[Symbol.asyncDispose]();
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  /** Resolves when the connection was given up, or this is closed. */
  async #hold(connection: RegistryConnection): Promise<void> {
    for (const old of this.#connections) if (old.over) this.#connections.delete(old);
    this.#connections.add(connection);
    this.#current = connection;
    this.#options.logger.info({ registry: connection.address }, 'connected to the registry');
    const over = AbortSignal.any([connection.givenUp, this.#closed.signal]);
    this.#become('connected');
    if (over.aborted) return;
    await new Promise<void>((resolve) => {
      over.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #become(state: LinkState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function lasted(clock: Clock, since: Millis): boolean {
  return clock.now() - since >= STABLE_MS;
}
