import type { LeaderResponse } from '@portolan/contracts/etcd/election';
import {
  CompactedError,
  keysWithPrefix,
  oneKey,
  revision,
  type Key,
  type KeyRange,
  type KeyValue,
  type RangeResult,
  type Revision,
  type WatchEvent,
} from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { headerAt } from '../etcd-header.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';

interface Seen {
  readonly keyValue: KeyValue;
  readonly revision: Revision;
}

/** Each leader as it is elected, and what it proclaims. A leader who came and went between two looks is not told of, as in etcd. */
export async function* observe(
  scope: DialectScope,
  prefix: Key,
  oldest: (prefix: Key) => Promise<RangeResult>,
  signal: AbortSignal,
): AsyncGenerator<LeaderResponse, void, undefined> {
  const answer = async ({ keyValue, revision: at }: Seen): Promise<LeaderResponse> => ({
    header: await headerAt(scope.store, at),
    kv: encodeKeyValue(keyValue),
  });
  while (!signal.aborted) {
    const now = await oldest(prefix);
    const [first] = now.keyValues;
    const leader =
      first === undefined
        ? await firstPut(scope, keysWithPrefix(prefix), now.revision, signal)
        : { keyValue: first, revision: now.revision };
    if (leader === undefined) continue;
    yield await answer(leader);
    for await (const event of eventsOf(scope, oneKey(leader.keyValue.key), leader.revision, signal)) {
      if (event.kind === 'delete') break;
      yield await answer({ keyValue: event.keyValue, revision: event.keyValue.modRevision });
    }
  }
}

async function firstPut(
  scope: DialectScope,
  keys: KeyRange,
  after: Revision,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  for await (const event of eventsOf(scope, keys, after, signal)) {
    if (event.kind === 'put') return { keyValue: event.keyValue, revision: event.keyValue.modRevision };
  }
  return undefined;
}

/** Ends when what comes next is forgotten: look again. */
async function* eventsOf(
  { store, principal }: DialectScope,
  keys: KeyRange,
  after: Revision,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  try {
    const startRevision = revision(after + 1);
    for await (const { events } of store.watch({ principal, keyspace: 'user', keys, startRevision }, signal)) {
      yield* events;
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
  }
}
