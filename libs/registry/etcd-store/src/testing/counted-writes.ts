import { ANONYMOUS as principal } from '@portolan/kernel';
import {
  keyOf,
  oneKey,
  OutcomeUnknownError,
  sessionId,
  type KvStore,
  type Revision,
  type TxnRequest,
} from '@portolan/kv';
import { WatchReader } from '@portolan/kv/testing';

export interface CountedWrites {
  /** Another one each time. */
  readonly session: bigint;
  /** Before `disturb` is called, and once more after. */
  readonly puts: number;
  readonly disturb: () => Promise<void>;
}

/** Puts one key again and again, watches it, and disturbs the store in the middle: each put is done once, each is seen once. */
export async function countedWrites(store: KvStore, { session, puts, disturb }: CountedWrites): Promise<void> {
  const key = keyOf(`counted-${String(session)}`);
  await using reader = await new WatchReader(store, { keyspace: 'user', keys: oneKey(key) }).created();
  let disturbed: Promise<void> | undefined;
  const made: Revision[] = [];
  for (let sequence = 1; sequence <= 2 * puts; sequence += 1) {
    if (sequence === puts) disturbed = disturb();
    const value = Buffer.from(String(sequence));
    const idempotency = { session: sessionId(session), sequence };
    const success = [{ kind: 'put', keyspace: 'user', key, value }] as const;
    made.push(await putOnce(store, { principal, success, idempotency }));
  }
  await disturbed;
  const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(key) });
  expect(keyValues).toMatchObject([{ version: 2 * puts, modRevision: made.at(-1) }]);
  const events = await reader.until(2 * puts);
  expect(events.map((event) => event.kind === 'put' && event.keyValue.modRevision)).toEqual(made);
}

/** As a client does that wants to know. */
async function putOnce(store: KvStore, request: TxnRequest): Promise<Revision> {
  for (;;) {
    try {
      return (await store.txn(request)).revision;
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) throw error;
    }
  }
}
