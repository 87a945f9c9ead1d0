import { keyOf, oneKey } from '@portolan/kv';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { PortolanError, type Principal } from '@portolan/kernel';
import { connect, type Connection } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import {
  checkLinearizable,
  History,
  registerModel,
  type RegisterInput,
  type RegisterOutput,
} from '@portolan/virtual-world';
import type { Seat } from './registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'history' };
const KEYS = ['a', 'b', 'c', 'd'];
/** Of one request. Longer than an election. */
const REQUEST_MS = 6_000;
/** Between two operations of one client: enough to be under way whenever somebody dies, few enough for the checker. */
const PAUSE_MS = 20;

type Served = Pick<Seat, 'name' | 'address'>;

/** Clients, one at each seat, that write and read a few keys as long as they run, and know what order of it all would explain it. */
export class HistoryClients implements AsyncDisposable {
  readonly history = new History<RegisterInput, RegisterOutput>(clock);
  readonly #prefix: string;
  readonly #running: Promise<unknown>;
  #ends = false;
  #next = 0;
  #acknowledged = 0;

  /** @param prefix of the keys that are theirs */
  constructor(seats: readonly Served[], prefix = '') {
    this.#prefix = prefix;
    this.#running = Promise.all(seats.map((seat) => this.#run(seat)));
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#running;
  }

  /**
   * Ends them. @returns how many operations there were
   * @throws Error with the operations that no order explains
   */
  async judge(): Promise<number> {
    await this[Symbol.asyncDispose]();
    const { operations } = this.history;
    const verdict = checkLinearizable(registerModel, operations);
    if (verdict.kind === 'not linearizable') throw new Error(verdict.explain());
    if (verdict.kind === 'undecided') throw new Error(`the history of ${verdict.part} is not decided`);
    return operations.length;
  }

  async #run(seat: Served): Promise<void> {
    await using connection: Connection = connect(seat.address, { principal });
    await using store = createKvClient(connection, { clock, rng, timeoutMs: REQUEST_MS, retryMs: 0 });
    while (!this.#ends) {
      await this.#one(seat.name, store, this.#next++);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #one(client: string, store: KvClient, number: number): Promise<void> {
    const key = `${this.#prefix}${KEYS[rng.below(KEYS.length)] ?? 'a'}`;
    const isRead = number % 3 === 0;
    const input: RegisterInput = isRead ? { kind: 'read', key } : { kind: 'write', key, value: String(number) };
    const operation = this.history.begin(client, input);
    try {
      if (input.kind === 'read') {
        const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf(key)) });
        const [found] = keyValues;
        operation.ok({ kind: 'read', value: found && Buffer.from(found.value).toString() });
      } else {
        const value = Buffer.from(String(number));
        await store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key: keyOf(key), value }] });
        this.#acknowledged += 1;
        operation.ok({ kind: 'written' });
      }
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      // A member without a leader says that nothing comes of it: that it is true, the history shows.
      if (isRead || ('code' in error && error.code === 'RAFT_NO_LEADER')) operation.fail();
      else operation.unknown();
    }
  }
}
