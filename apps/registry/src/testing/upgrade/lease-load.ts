import { PortolanError, type Principal } from '@portolan/kernel';
import { keyOf, LeaseNotFoundError, oneKey, type LeaseId } from '@portolan/kv';
import { acquireLock, createKvClient, type KvClient } from '@portolan/kv-client';
import { connect } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { Repeated, type Load } from './load.ts';

const principal: Principal = { kind: 'service', name: 'leasing' };
/** Longer than a member is away, and much shorter than an upgrade. */
const TTL_SECONDS = 15;
const KEEP_ALIVE_MS = 1_000;
const LOCK_PAUSE_MS = 100;
const LEASED = keyOf('leased');
const COUNTED = keyOf('counted');

/** A lease that is kept alive at one member after the other, and clients at two of them that count up a key under a lock. */
export class LeaseLoad implements Load {
  readonly #stack = new AsyncDisposableStack();
  readonly #stores: readonly KvClient[];
  readonly #repeated: Repeated[] = [];
  readonly #ended = new AbortController();
  #lease: LeaseId | undefined;
  #renewals = 0;
  #counted = 0;
  #tried = 0;
  #holders = 0;

  constructor(addresses: readonly string[]) {
    this.#stores = addresses.map((address) => {
      const connection = this.#stack.use(connect(address, { principal }));
      return this.#stack.use(createKvClient(connection, { clock, rng, timeoutMs: 2_000 }));
    });
    this.#repeat((turn) => this.#renew(this.#at(turn)), KEEP_ALIVE_MS);
    for (const member of [0, 1]) this.#repeat(() => this.#count(this.#at(member)), LOCK_PAUSE_MS);
  }

  summary(): string {
    return `a lease renewed ${this.#renewals} times and alive, a lock taken ${this.#tried} times and ${this.#counted} counts under it`;
  }

  async check(): Promise<void> {
    this.#ended.abort();
    for (const one of this.#repeated) await one.end();
    const store = this.#at(0);
    const { keyValues: leased } = await store.range({ principal, keyspace: 'user', keys: oneKey(LEASED) });
    if (leased[0]?.lease !== this.#lease) throw new Error('what was bound to the lease is gone');
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(COUNTED) });
    const count = Number(Buffer.from(keyValues[0]?.value ?? []).toString());
    if (this.#counted === 0 || count < this.#counted || count > this.#tried) {
      throw new Error(`${this.#counted} of ${this.#tried} counts were acknowledged, and ${count} are there`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#stack.disposeAsync();
  }

  #repeat(once: (turn: number) => Promise<void>, pauseMs: number): void {
    this.#repeated.push(this.#stack.use(new Repeated((turn) => this.#attempt(() => once(turn)), pauseMs)));
  }

  #at(turn: number): KvClient {
    const store = this.#stores[turn % this.#stores.length];
    if (store === undefined) throw new Error('there are members');
    return store;
  }

  /** A member that restarts fails what is asked of it; that a lease is not known is something else. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof PortolanError) || error instanceof LeaseNotFoundError) throw error;
    }
  }

  async #renew(store: KvClient): Promise<void> {
    if (this.#lease === undefined) {
      const { id } = await store.grantLease({ principal, ttlSeconds: TTL_SECONDS });
      const put = { kind: 'put', keyspace: 'user', key: LEASED, value: new Uint8Array(1), lease: id } as const;
      await store.txn({ principal, success: [put] });
      this.#lease = id;
    }
    await store.keepAlive({ principal, id: this.#lease });
    this.#renewals += 1;
  }

  async #count(store: KvClient): Promise<void> {
    if (this.#ended.signal.aborted) return;
    const options = { store, principal, clock, name: 'upgrade/lock', ttlSeconds: TTL_SECONDS };
    await using lock = await acquireLock(options, this.#ended.signal);
    this.#holders += 1;
    try {
      if (this.#holders > 1 && !lock.lost.aborted) throw new Error('two hold the lock');
      const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(COUNTED) });
      const value = Buffer.from(String(Number(Buffer.from(keyValues[0]?.value ?? []).toString() || 0) + 1));
      this.#tried += 1;
      const put = { kind: 'put', keyspace: 'user', key: COUNTED, value } as const;
      if ((await store.txn({ principal, compares: [lock.guard], success: [put] })).succeeded) this.#counted += 1;
    } finally {
      this.#holders -= 1;
    }
  }
}
