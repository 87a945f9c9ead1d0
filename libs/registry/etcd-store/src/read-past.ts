import type { RangeRequest as EtcdRangeRequest, RequestOp } from '@portolan/contracts/etcd/kv';
import { CompactedError, MalformedAnswerError, type RangeRequest, type RangeResult, type Revision } from '@portolan/kv';
import type { EtcdCluster } from './etcd-cluster.ts';
import { decodeRange, encodeRange } from './mapping/range.ts';

/**
 * Reads at a past revision, and in the same transaction what its keyspace has forgotten: etcd may still know.
 * @throws CompactedError, RpcError for what etcd refuses
 */
export async function readPast(
  cluster: EtcdCluster,
  request: RangeRequest,
  at: Revision,
  signal: AbortSignal | undefined,
): Promise<RangeResult> {
  const serializable = request.serializable === true;
  const read = (range: EtcdRangeRequest): RequestOp => ({
    request: { $case: 'requestRange', value: { ...range, serializable } },
  });
  const success = [read(cluster.notesRange()), read(encodeRange(cluster.mapping, request))];
  const terms = { repeatable: 'read', signal } as const;
  const { response, header } = await cluster.txn({ compare: [], success, failure: [] }, terms, !serializable);
  const [noted, found] = response.responses.map((one) => one.response);
  if (noted?.$case !== 'responseRange' || found?.$case !== 'responseRange') {
    throw new MalformedAnswerError('another kind of answer than a range');
  }
  const floor = cluster.readNotes(noted.value, header).floors[request.keyspace].revision;
  if (at < floor) throw new CompactedError(at, floor);
  return { ...header, ...decodeRange(cluster.mapping, request, found.value) };
}
