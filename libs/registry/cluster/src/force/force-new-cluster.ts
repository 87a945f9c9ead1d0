import type { Rng } from '@portolan/kernel';
import { restoreState } from '@portolan/kv/backup';
import { writeFirstSnapshot } from '@portolan/raft-driver';
import type { TlsIdentity } from '@portolan/rpc';
import { nodeDisk } from '@portolan/storage';
import type { DataFolder } from '../folder/data-folder.ts';
import { formatId, hexId, type Membership } from '../folder/member-file.ts';
import { readPeerBook } from '../folder/peer-book.ts';
import { foundAlone } from '../found-alone.ts';
import { CLUSTER_KEYS } from '../members/member-records.ts';
import { askOthers } from './ask-others.ts';
import { ClusterHasLeaderError, ForceUnconfirmedError, NothingToForceError } from './errors.ts';
import { readRemains, type Remains } from './read-remains.ts';

/** Of the log that begins here; the member goes on with segments of its own size. */
const SEGMENT_BYTES = 1_048_576;

export interface ForceOptions {
  readonly folder: DataFolder;
  /** What somebody has said to mean it: cluster, term and last entry, as the refusal names them. Anything else is refused. */
  readonly confirmation: string;
  /** Also if the cluster has a leader. */
  readonly besideLeader: boolean;
  /** `host:port`, where the new cluster's first member is reached; undefined: it stays alone. */
  readonly peerAddress: string | undefined;
  /** `host:port` of members that may still be there, beside those that the folder knows. */
  readonly others: readonly string[];
  readonly tls: TlsIdentity | undefined;
  readonly rng: Rng;
}

export interface ForcedCluster {
  readonly before: Membership;
  readonly membership: Membership;
  readonly revision: number;
  /** What the folder had, untouched. */
  readonly kept: string;
}

/**
 * Makes a new cluster with one member of what a member of a lost one has in its folder: other ids, so that members of the old one are
 * refused when they come back (etcd keeps its id here, and they are not: etcd#2328); revisions raised and history compacted, so that
 * watchers read again rather than miss what the lost members had told them (etcd#14009).
 * @returns undefined when that was done already: a flag that was left is harmless
 * @throws NothingToForceError, ClusterHasLeaderError, ForceUnconfirmedError: nothing was changed
 * @throws DataDirError, as `startRaft` when the folder is damaged
 */
export async function forceNewCluster(options: ForceOptions): Promise<ForcedCluster | undefined> {
  const { folder, confirmation, rng } = options;
  const { membership: before } = folder;
  if (before === undefined) throw new NothingToForceError(folder.path, 'no member was in it');
  const [asked = ''] = confirmation.split('@');
  const confirmed = hexId.safeParse(asked);
  if (confirmed.success && (await folder.hasBegunAfter(confirmed.data))) return undefined;
  const remains = await readRemains(folder, before, rng);
  await checkForced(options, remains);
  const { slices, ...state } = await restoreState(
    { slices: asynchronous(remains.state.snapshot()) },
    { forget: [{ keyspace: 'system', keys: CLUSTER_KEYS }] },
  );
  const membership = foundAlone(folder, options.peerAddress, rng);
  const { clusterId, memberId, founders } = membership;
  const kept = await folder.beginAgain(membership, (draft) =>
    writeFirstSnapshot({
      disk: nodeDisk,
      folder: draft,
      clusterId,
      memberId,
      members: founders.map(({ id }) => id),
      index: state.index,
      slices: slices(),
      segmentBytes: SEGMENT_BYTES,
    }),
  );
  return { before, membership, revision: state.revision, kept };
}

async function checkForced(options: ForceOptions, remains: Remains): Promise<void> {
  const { folder, besideLeader, confirmation, tls } = options;
  const { configuration, membership, term, last } = remains;
  const { clusterId, memberId } = membership;
  if (configuration.voters.every((id) => id === memberId) && configuration.voters.length === 1) {
    throw new NothingToForceError(folder.path, 'its member is the only voter of its cluster');
  }
  const others = await askOthers(await addressesOf(options, membership), clusterId, tls);
  for (const other of others) {
    if (other.leaderId !== undefined && !besideLeader) {
      throw new ClusterHasLeaderError(clusterId, other.leaderId, other);
    }
  }
  const expected = `${formatId(clusterId)}@${term}/${last}`;
  if (confirmation !== expected) throw new ForceUnconfirmedError(remains, others, expected);
}

async function addressesOf(
  { folder, others, peerAddress }: ForceOptions,
  { memberId, founders }: Membership,
): Promise<readonly string[]> {
  const book = await readPeerBook(folder.path);
  const known = [
    ...others,
    ...founders.filter(({ id }) => id !== memberId).flatMap((founder) => founder.peerAddress ?? []),
    ...book.filter(({ member }) => member !== memberId).flatMap(({ addresses }) => addresses),
  ];
  return [...new Set(known)].filter((address) => address !== peerAddress);
}

async function* asynchronous(slices: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (const slice of slices) yield Promise.resolve(slice);
}
