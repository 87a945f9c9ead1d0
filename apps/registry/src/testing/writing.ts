import { keyOf, oneKey, OutcomeUnknownError } from '@portolan/kv';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { PortolanError, type Principal } from '@portolan/kernel';
import { connect, type Connection } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { RegistryCluster } from './registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'writing' };
const KEY = keyOf('written');

/** One client that counts up a key, one write after the other, at whichever member answers. */
export class Writing implements AsyncDisposable {
  readonly #cluster: RegistryCluster;
  readonly #running: Promise<void>;
  #ends = false;
  #acknowledged = 0;

  constructor(cluster: RegistryCluster) {
    this.#cluster = cluster;
    this.#running = this.#run();
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The newest value is the newest that was acknowledged, or one that was not answered. */
  async expectNothingLost(): Promise<void> {
    const acknowledged = this.#acknowledged;
    const read = await this.#at(0, async (store) => {
      const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(KEY) });
      return Number(Buffer.from(keyValues[0]?.value ?? []).toString());
    });
    if (acknowledged === 0) throw new Error('nothing was written');
    if (read < acknowledged) throw new Error(`${acknowledged} was acknowledged, and ${read} is what is there`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let number = 1; !this.#ends; number += 1) {
      try {
        await this.#at(number, (store) =>
          store.txn({
            principal,
            success: [{ kind: 'put', keyspace: 'user', key: KEY, value: Buffer.from(String(number)) }],
          }),
        );
        this.#acknowledged = number;
      } catch (error) {
        if (!(error instanceof PortolanError) && !(error instanceof OutcomeUnknownError)) throw error;
      }
    }
  }

  async #at<Result>(turn: number, use: (store: KvClient) => Promise<Result>): Promise<Result> {
    const { running } = this.#cluster;
    const seat = running[turn % Math.max(1, running.length)];
    if (seat === undefined) throw new Error('nobody runs');
    await using connection: Connection = connect(seat.address, { principal });
    await using store = createKvClient(connection, { clock, rng, timeoutMs: 10_000, retryMs: 0 });
    return await use(store);
  }
}
