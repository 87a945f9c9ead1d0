import { KVService } from '@portolan/contracts/etcd/kv';
import { connectFast } from '@portolan/grpc';
import type { Principal } from '@portolan/kernel';
import { keyOf, type Operation } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { HOST } from './cluster.ts';
import { keyText, putOperation, VALUE } from './requests.ts';

/** Puts of one transaction: etcd takes 128 at most. */
export const BATCH = 100;
const IN_FLIGHT = 16;
const BATCH_TIMEOUT_MS = 60_000;
const WRITER: Principal = { kind: 'operator', name: 'bench' };

/** Writes keys from `first` on, `BATCH` of them, at once. */
type WriteBatch = (first: number) => Promise<unknown>;

/** How batches get to a server. */
export type Batcher = (port: number) => { readonly write: WriteBatch } & AsyncDisposable;

/** Transactions of etcd's API, which both sides have. */
export const etcdTransactions: Batcher = (port) => {
  const connection = connectFast(`${HOST}:${port}`);
  const client = createClient(KVService, connection);
  const write: WriteBatch = async (first) => {
    const success = Array.from({ length: BATCH }, (_, index) => putOperation(first + index));
    const { succeeded } = await client.txn({ compare: [], success, failure: [] }, { timeoutMs: BATCH_TIMEOUT_MS });
    if (!succeeded) throw new Error('a transaction without conditions holds');
  };
  return { write, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
};

/** Our own client: the same, and each transaction is applied once however often it is sent. */
export const nativeTransactions: Batcher = (port) => {
  const connection = connectFast(`${HOST}:${port}`);
  const client = createKvClient(connection, { clock, rng, timeoutMs: BATCH_TIMEOUT_MS });
  const write: WriteBatch = (first) => {
    const success = Array.from({ length: BATCH }, (_, index): Operation => {
      return { kind: 'put', keyspace: 'user', key: keyOf(keyText(first + index)), value: VALUE };
    });
    return client.txn({ principal: WRITER, success });
  };
  const dispose = async (): Promise<void> => {
    await client[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
  };
  return { write, [Symbol.asyncDispose]: dispose };
};

/**
 * Writes keys from 0 on, several batches at once, until `isEnough` says so of how many were begun.
 * @returns how many were written
 */
export async function writeKeys(write: WriteBatch, isEnough: (keys: number) => boolean): Promise<number> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (!isEnough(begun)) {
      const first = begun;
      begun += BATCH;
      await write(first);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return begun;
}
