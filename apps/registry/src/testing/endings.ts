import { KvServiceService } from '@portolan/contracts/kv';
import { PortolanError, type Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, oneKey } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { encodeRangeRequest, encodeWatchRequest } from '@portolan/kv/wire';
import { connect, createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { Seat } from './registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'endings' };
/** Longer than a member lets anybody wait: what ends earlier, the member has ended. */
const TIMEOUT_MS = 15_000;

/** How something that was asked of a member ended, and after how long. */
export interface Ending {
  /** `answered`, or the code of the error. */
  readonly outcome: string;
  readonly ms: number;
}

export type Endings = Readonly<Record<'write' | 'read', Ending>>;

/** One write and one linearizable read, each tried once. */
export async function endingsAt(seat: Seat): Promise<Endings> {
  await using connection = connect(seat.address, { principal });
  await using store = createKvClient(connection, { clock, rng, timeoutMs: TIMEOUT_MS, retryMs: 0 });
  const value = Buffer.from('probe');
  const [write, read] = await Promise.all([
    ending(store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key: keyOf('probe'), value }] })),
    ending(store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('probe')) })),
  ]);
  return { write, read };
}

/** Resolves when the watch is there, with how it ends. */
export async function openWatch(seat: Seat): Promise<{ readonly ends: Promise<Ending> }> {
  const connection = connect(seat.address, { principal });
  const request = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('nothing/')) } as const;
  const answers = createClient(KvServiceService, connection)
    .watch(encodeWatchRequest(request), { principal })
    [Symbol.asyncIterator]();
  await answers.next();
  const read = async (): Promise<void> => {
    while ((await answers.next()).done !== true);
  };
  return { ends: ending(read()).finally(() => connection[Symbol.asyncDispose]()) };
}

/** How old a stale answer may be, as it says itself, ms. */
export async function staleAgeAt(seat: Seat): Promise<number> {
  await using connection = connect(seat.address, { principal });
  const request = { principal, keyspace: 'user', keys: oneKey(keyOf('probe')), serializable: true } as const;
  const options = { principal, timeoutMs: TIMEOUT_MS };
  const { ageMs } = await createClient(KvServiceService, connection).range(encodeRangeRequest(request), options);
  return Number(ageMs);
}

async function ending(asked: Promise<unknown>): Promise<Ending> {
  const from = clock.now();
  const outcome = await asked.then(
    () => 'answered',
    (error: unknown) => {
      if (!(error instanceof PortolanError)) throw error;
      return error.code;
    },
  );
  return { outcome, ms: Math.round(clock.now() - from) };
}
