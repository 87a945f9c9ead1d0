import { WatchService, type WatchRequest } from '@portolan/contracts/etcd/watch';
import { keyOf, MalformedAnswerError, oneKey, revision, type Revision } from '@portolan/kv';
import { RequestQueue } from '@portolan/kv/streams';
import { createClient } from '@portolan/rpc';
import type { EtcdCluster } from '../etcd-cluster.ts';

/** It is answered at once. */
const TIMEOUT_MS = 2_500;

/**
 * What etcd was compacted to: it tells nobody but a watch that begins too early.
 * @param compacted a revision that is compacted
 */
export async function oldestRevision(
  cluster: EtcdCluster,
  compacted: Revision,
  signal: AbortSignal | undefined,
): Promise<Revision> {
  const { connection, headers } = await cluster.channel.route(signal);
  const requests = new RequestQueue<WatchRequest>();
  const nothing = cluster.mapping.range('own', oneKey(keyOf('nothing')));
  const shape = { progressNotify: false, filters: [], prevKv: false, watchId: 0n, fragment: false };
  const value = { ...nothing, startRevision: BigInt(compacted), ...shape };
  requests.push({ requestUnion: { $case: 'createRequest', value } });
  const terms = { headers, timeoutMs: TIMEOUT_MS, ...(signal && { signal }) };
  try {
    for await (const { compactRevision } of createClient(WatchService, connection).watch(requests.all(), terms)) {
      if (compactRevision > 0n) return revision(compactRevision);
    }
  } finally {
    requests.end();
  }
  throw new MalformedAnswerError('an end where a watch was to be refused');
}
