import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import type { KvStore, Revision, StoreStatus } from '@portolan/kv';

/** @param revision default: the store's now */
export function headerOf(status: StoreStatus, revision: Revision = status.revision): ResponseHeader {
  return {
    clusterId: status.clusterId,
    memberId: status.memberId,
    revision: BigInt(revision),
    raftTerm: BigInt(status.term),
  };
}

/** The header of an answer that was computed at `revision`. The store's revisions are etcd's: both begin at 1. */
export async function headerAt(store: KvStore, revision: Revision): Promise<ResponseHeader> {
  return headerOf(await store.status(), revision);
}

/** Within a transaction, and before a watch: a revision, and nothing of who answers. */
export function bareHeader(revision: number): ResponseHeader {
  return { clusterId: 0n, memberId: 0n, revision: BigInt(revision), raftTerm: 0n };
}
