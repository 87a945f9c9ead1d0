import { KVService, type TxnRequest } from '@portolan/contracts/etcd/kv';
import {
  CompactedError,
  FutureRevisionError,
  KEEP_CHANGES,
  keyOf,
  KEYSPACES,
  oneKey,
  OutcomeUnknownError,
  revision,
  type CompactRequest,
  type Header,
  type Keyspace,
  type Revision,
} from '@portolan/kv';
import { refusalOf } from './channel/etcd-refusal.ts';
import { floorName, type EtcdCluster, type Notes } from './etcd-cluster.ts';
import { isUnchangedSince } from './mapping/compare.ts';

/** Somebody else compacted meanwhile, each time: then there is nothing left to do. */
const ATTEMPTS_MAX = 10;

/**
 * Compaction by keyspace, where etcd has one for all: what each keyspace has forgotten is noted in etcd, and etcd itself is compacted
 * to the oldest revision that any of them still has. `catalog` and `system`, which nobody compacts, are compacted on the way, to
 * `KEEP_CHANGES` revisions ago: else one that is quiet would hold etcd's history for good.
 * @throws CompactedError, FutureRevisionError
 */
export async function compact(
  cluster: EtcdCluster,
  { keyspace, revision: at }: CompactRequest,
  signal: AbortSignal | undefined,
): Promise<Header> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const notes = await cluster.notes(signal);
    const floor = notes.floors[keyspace].revision;
    if (at <= floor) throw new CompactedError(at, floor);
    if (at > notes.revision) throw new FutureRevisionError(at, notes.revision);
    const wanted = floorsWith(notes, keyspace, at);
    const terms = { repeatable: 'write', signal } as const;
    const { response, header } = await cluster.txn(raise(cluster, notes, wanted), terms);
    if (!response.succeeded) continue;
    await compactEtcd(cluster, revision(Math.min(...KEYSPACES.map((one) => wanted[one]))), signal);
    return header;
  }
  throw new OutcomeUnknownError(undefined);
}

type Floors = Readonly<Record<Keyspace, Revision>>;

function floorsWith({ floors, revision: current }: Notes, keyspace: Keyspace, at: Revision): Floors {
  const kept = Math.max(1, current - KEEP_CHANGES);
  return {
    user: keyspace === 'user' ? at : floors.user.revision,
    catalog: keyspace === 'catalog' ? at : revision(Math.max(kept, floors.catalog.revision)),
    system: keyspace === 'system' ? at : revision(Math.max(kept, floors.system.revision)),
  };
}

function raise({ mapping }: EtcdCluster, { floors }: Notes, wanted: Floors): TxnRequest {
  const risen = KEYSPACES.filter((one) => wanted[one] > floors[one].revision);
  const placeOf = (keyspace: Keyspace) => mapping.range('own', oneKey(keyOf(floorName(keyspace))));
  return {
    compare: KEYSPACES.map((one) => isUnchangedSince(placeOf(one), floors[one].modRevision)),
    success: risen.map((one) => {
      const note = { key: placeOf(one).key, value: Buffer.from(String(wanted[one]), 'latin1'), lease: 0n };
      const put = { ...note, prevKv: false, ignoreValue: false, ignoreLease: false };
      return { request: { $case: 'requestPut', value: put } };
    }),
    failure: [],
  };
}

async function compactEtcd(cluster: EtcdCluster, at: Revision, signal: AbortSignal | undefined): Promise<void> {
  if (at <= 1) return;
  const request = { revision: BigInt(at), physical: false };
  try {
    await cluster.call(KVService.compact, request, { repeatable: 'read', signal });
  } catch (error) {
    // It is compacted further already, by the cluster's own settings.
    if (refusalOf(error) !== 'compacted') throw error;
  }
}
