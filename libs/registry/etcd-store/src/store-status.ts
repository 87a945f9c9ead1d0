import { MaintenanceService } from '@portolan/contracts/etcd/maintenance';
import type { RangeRequest, RangeResponse, RequestOp } from '@portolan/contracts/etcd/kv';
import { checkedInteger } from '@portolan/kernel';
import {
  keyOf,
  KEYSPACES,
  keysWithPrefix,
  MalformedAnswerError,
  revision,
  type Keyspace,
  type KeyspaceStatus,
  type Revision,
  type StoreStatus,
} from '@portolan/kv';
import { refusalOf } from './channel/etcd-refusal.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { headerOf } from './incarnations.ts';
import { plainRange } from './mapping/range.ts';
import { oldestRevision } from './watch/oldest-revision.ts';

const ALL = keysWithPrefix(keyOf(''));

/** What etcd tells of itself, keyspace by keyspace where it can. */
export class StoreStatusReader {
  readonly #cluster: EtcdCluster;
  /** What etcd was compacted to when it was last looked. */
  #oldest: Revision = revision(1);

  constructor(cluster: EtcdCluster) {
    this.#cluster = cluster;
  }

  async read(signal: AbortSignal | undefined): Promise<StoreStatus> {
    const terms = { repeatable: 'read', signal } as const;
    const { response: member } = await this.#cluster.call(MaintenanceService.status, {}, terms, false);
    const success = [this.#cluster.notesRange(), ...KEYSPACES.map((keyspace) => this.#countOf(keyspace))].map(asOp);
    const { response, header } = await this.#cluster.txn({ compare: [], success, failure: [] }, terms);
    const [noted, ...counts] = response.responses.map(({ response: one }) => {
      if (one?.$case !== 'responseRange') throw new MalformedAnswerError('another kind of answer than a range');
      return one.value;
    });
    if (noted === undefined) throw new MalformedAnswerError('an answer without the notes');
    const { floors, incarnation } = this.#cluster.readNotes(noted, header);
    const oldest = await this.#lookForOldest(signal);
    const statusOf = (keyspace: Keyspace): KeyspaceStatus => ({
      oldest: revision(Math.max(oldest, floors[keyspace].revision)),
      keys: countIn(counts[KEYSPACES.indexOf(keyspace)]),
      // etcd knows the size of its database, not of a range.
      bytes: 0,
    });
    const { clusterId, memberId } = headerOf(member);
    return {
      ...header,
      incarnation,
      clusterId,
      memberId,
      term: checkedInteger(member.raftTerm, 'raftTerm'),
      leaderId: member.leader === 0n ? undefined : member.leader,
      keyspaces: { user: statusOf('user'), catalog: statusOf('catalog'), system: statusOf('system') },
    };
  }

  #countOf(keyspace: Keyspace): RangeRequest {
    return { ...plainRange(this.#cluster.mapping.range(keyspace, ALL)), countOnly: true };
  }

  /** It only rises: mostly, one read shows that it is where it was. */
  async #lookForOldest(signal: AbortSignal | undefined): Promise<Revision> {
    const request = { ...this.#cluster.notesRange(), revision: BigInt(this.#oldest), countOnly: true };
    try {
      await this.#cluster.range(request, signal);
    } catch (error) {
      if (refusalOf(error) !== 'compacted') throw error;
      this.#oldest = await oldestRevision(this.#cluster, this.#oldest, signal);
    }
    return this.#oldest;
  }
}

function asOp(value: RangeRequest): RequestOp {
  return { request: { $case: 'requestRange', value } };
}

function countIn(response: RangeResponse | undefined): number {
  return checkedInteger(response?.count ?? 0n, 'count');
}
