import { assert, PortolanError, type Principal } from '@portolan/kernel';
import { keyOf, oneKey } from '@portolan/kv';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { connect } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import {
  checkLinearizable,
  History,
  registerModel,
  type RegisterInput,
  type RegisterOutput,
} from '@portolan/virtual-world';
import { Repeated, type Load } from './load.ts';

const principal: Principal = { kind: 'service', name: 'history' };
const KEYS = ['history/a', 'history/b', 'history/c', 'history/d'];
/** Of one request. Longer than an election. */
const REQUEST_MS = 6_000;
/** Few enough operations for the checker. */
const PAUSE_MS = 20;

/** A client at each member that writes and reads a few keys, and remembers what it was answered. */
export class HistoryLoad implements Load {
  readonly #history = new History<RegisterInput, RegisterOutput>(clock);
  readonly #stack = new AsyncDisposableStack();
  readonly #clients: readonly Repeated[];
  #next = 0;
  #acknowledged = 0;

  constructor(addresses: readonly string[]) {
    this.#clients = addresses.map((address) => {
      const connection = this.#stack.use(connect(address, { principal }));
      const store = this.#stack.use(createKvClient(connection, { clock, rng, timeoutMs: REQUEST_MS, retryMs: 0 }));
      return this.#stack.use(new Repeated(() => this.#one(address, store), PAUSE_MS));
    });
  }

  /** Reads and writes so far. */
  get operations(): number {
    return this.#history.operations.length;
  }

  summary(): string {
    return `${this.operations} operations, ${this.#acknowledged} of them acknowledged writes, linearizable`;
  }

  async check(): Promise<void> {
    for (const client of this.#clients) await client.end();
    assert(this.#acknowledged > 0, 'something was written');
    const verdict = checkLinearizable(registerModel, this.#history.operations);
    if (verdict.kind === 'not linearizable') throw new Error(verdict.explain());
    if (verdict.kind === 'undecided') throw new Error(`the history of ${verdict.part} is not decided`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #one(client: string, store: KvClient): Promise<void> {
    const number = this.#next++;
    const key = KEYS[rng.below(KEYS.length)] ?? 'history/a';
    const isRead = number % 3 === 0;
    const input: RegisterInput = isRead ? { kind: 'read', key } : { kind: 'write', key, value: String(number) };
    const operation = this.#history.begin(client, input);
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
      if (isRead) operation.fail();
      else operation.unknown();
    }
  }
}
