import type { Principal } from '@portolan/kernel';
import {
  keysBetween,
  keyOf,
  keyToText,
  prefixEnd,
  type Key,
  type KeyValue,
  type KvStore,
  type Revision,
} from '@portolan/kv';

const PAGE = 500;

/** Everything under a prefix, at one revision, in pages. */
export async function readAll(
  store: KvStore,
  principal: Principal,
  prefix: Key,
  signal: AbortSignal,
): Promise<{ readonly keyValues: readonly KeyValue[]; readonly revision: Revision }> {
  const all: KeyValue[] = [];
  let from = prefix;
  let at: Revision | undefined;
  for (;;) {
    const keys = keysBetween(from, prefixEnd(prefix));
    const request = {
      principal,
      keyspace: 'user',
      keys,
      limit: PAGE,
      ...(at !== undefined && { revision: at }),
    } as const;
    const { keyValues, more, revision } = await store.range(request, signal);
    at ??= revision;
    all.push(...keyValues);
    const last = keyValues.at(-1);
    if (!more || last === undefined) return { keyValues: all, revision: at };
    from = keyOf(`${keyToText(last.key)}\0`);
  }
}
