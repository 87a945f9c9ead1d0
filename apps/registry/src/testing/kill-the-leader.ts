import { keyOf, oneKey, OutcomeUnknownError } from '@portolan/kv';
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
import type { RegistryCluster, Seat } from './registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'killing' };
const KEYS = ['a', 'b', 'c', 'd'];
/** Of one request. Longer than an election. */
const REQUEST_MS = 6_000;
/** A guard against hanging. */
const NEW_LEADER_MS_MAX = 60_000;
/** Between two operations of one client: enough to be under way whenever somebody dies, few enough for the checker. */
const PAUSE_MS = 20;

export interface KillingReport {
  readonly operations: number;
  readonly acknowledgedWrites: number;
  /** From the end of the leader to the first write that a new one has acknowledged, ms. */
  readonly newLeaderMs: readonly number[];
}

/** Clients, one at each seat, that write and read a few keys as long as they run. */
class Clients implements AsyncDisposable {
  readonly history = new History<RegisterInput, RegisterOutput>(clock);
  readonly #running: Promise<unknown>;
  #ends = false;
  #next = 0;
  #acknowledged = 0;

  constructor(cluster: RegistryCluster) {
    this.#running = Promise.all(cluster.seats.map((seat) => this.#run(seat)));
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#running;
  }

  async #run(seat: Seat): Promise<void> {
    await using connection: Connection = connect(seat.address, { principal });
    await using store = createKvClient(connection, { clock, rng, timeoutMs: REQUEST_MS, retryMs: 0 });
    while (!this.#ends) {
      await this.#one(seat.name, store, this.#next++);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #one(client: string, store: KvClient, number: number): Promise<void> {
    const key = KEYS[rng.below(KEYS.length)] ?? 'a';
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
      if (error instanceof OutcomeUnknownError || !isRead) operation.unknown();
      else operation.fail();
    }
  }
}

/**
 * Kills the leader with SIGKILL again and again, while clients at every member write and read; each comes back with what it has on disk.
 * @throws Error with the operations that no order explains
 */
export async function killTheLeader(cluster: RegistryCluster, times: number): Promise<KillingReport> {
  const newLeaderMs: number[] = [];
  await using clients = new Clients(cluster);
  for (let kill = 0; kill < times; kill += 1) {
    const leader = await cluster.leader();
    const before = clients.acknowledged;
    await cluster.kill(leader);
    const killedAt = clock.now();
    while (clients.acknowledged <= before + 1) {
      if (clock.now() - killedAt > NEW_LEADER_MS_MAX)
        throw new Error(`no write is acknowledged after kill ${kill + 1}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    newLeaderMs.push(clock.now() - killedAt);
    await cluster.run(leader);
  }
  await clients[Symbol.asyncDispose]();
  const { operations } = clients.history;
  const verdict = checkLinearizable(registerModel, operations);
  if (verdict.kind === 'not linearizable') throw new Error(verdict.explain());
  if (verdict.kind === 'undecided') throw new Error(`the history of ${verdict.part} is not decided`);
  return { operations: operations.length, acknowledgedWrites: clients.acknowledged, newLeaderMs };
}

/** `median 1.2 s, p99 2.3 s`, for people. */
export function summaryOf({ operations, acknowledgedWrites, newLeaderMs }: KillingReport): string {
  const sorted = [...newLeaderMs].sort((a, b) => a - b);
  const at = (part: number): string => ((sorted[Math.floor((sorted.length - 1) * part)] ?? 0) / 1_000).toFixed(2);
  return (
    `${newLeaderMs.length} leaders killed, ${operations} operations, ${acknowledgedWrites} writes acknowledged, linearizable; ` +
    `a new leader after ${at(0.5)} s (median), ${at(0.99)} s (p99)`
  );
}
