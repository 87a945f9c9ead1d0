import { createHash } from 'node:crypto';
import { openDataFolder, type Membership } from '@portolan/cluster';
import type { Rng } from '@portolan/kernel';
import { keyOf, keysWithPrefix } from '@portolan/kv';
import { openBackupFile, restoreState, type BackupHeader, type RestoredState } from '@portolan/kv/backup';
import { memberId } from '@portolan/raft';
import { FolderTakenError, writeFirstSnapshot } from '@portolan/raft-driver';
import type { Disk } from '@portolan/storage';

/** What members of the old cluster kept of each other. */
const OF_THE_OLD_CLUSTER = [{ keyspace: 'system', keys: keysWithPrefix(keyOf('cluster/')) }] as const;

/** Of the log that begins here; the member goes on with segments of its own size. */
const SEGMENT_BYTES = 1_048_576;

type Founder = Membership['founders'][number];

/** A first member of the new cluster. */
export interface NewMember {
  readonly name: string;
  /** `host:port`; absent of one that is alone and is to stay so. */
  readonly peerAddress: string | undefined;
}

export interface RestoreMembersOptions {
  readonly disk: Disk;
  readonly rng: Rng;
  /** Absolute. */
  readonly file: string;
  /** Of a cluster that has never been. Whoever restores the members one by one says the same for each. */
  readonly clusterId: bigint;
  /** All first members, the same list for each of them. */
  readonly members: readonly NewMember[];
  /** Which of them to make, and where. */
  readonly folders: ReadonlyMap<string, string>;
  readonly revisionMargin: number;
}

export interface RestoredMembers {
  readonly header: BackupHeader;
  readonly state: RestoredState;
  readonly founders: readonly Founder[];
}

/**
 * Makes the data folders of a new cluster that begins with what is in a backup. All of it is read and verified before anything is
 * written.
 * @throws BackupDamagedError, UnknownBackupError, BackupFileError, FolderTakenError, DataDirError, MemberRunsError
 */
export async function restoreMembers(options: RestoreMembersOptions): Promise<RestoredMembers> {
  const { disk, file, clusterId, members, folders, revisionMargin } = options;
  const backup = await openBackupFile(disk, file);
  const state = await restoreState(backup, { revisionMargin, forget: OF_THE_OLD_CLUSTER });
  const founders = members.map(({ name, peerAddress }) => ({ id: idOf(clusterId, name), name, peerAddress }));
  for (const founder of founders) {
    const path = folders.get(founder.name);
    if (path === undefined) continue;
    const membership = { clusterId, generation: 0, memberId: founder.id, founders };
    await makeMember(options, path, founder.name, membership, state);
  }
  return { header: backup.header, state, founders };
}

/** The folder says last whose it is: half of a member is refused, not begun anew. */
async function makeMember(
  { disk, rng }: RestoreMembersOptions,
  path: string,
  name: string,
  membership: Membership,
  state: RestoredState,
): Promise<void> {
  await using folder = await openDataFolder({ path, rng, name });
  if (folder.membership !== undefined) throw new FolderTakenError(folder.path);
  await writeFirstSnapshot({
    disk,
    folder: folder.path,
    clusterId: membership.clusterId,
    memberId: membership.memberId,
    members: membership.founders.map(({ id }) => id),
    index: state.index,
    slices: state.slices(),
    segmentBytes: SEGMENT_BYTES,
  });
  await folder.settle(membership);
}

/** The same wherever it is restored, and of no member that has ever been: 63 bits, never 0. */
function idOf(clusterId: bigint, name: string): Founder['id'] {
  const digest = createHash('sha256')
    .update(`${clusterId.toString(16)}/${name}`)
    .digest();
  return memberId((digest.readBigUInt64BE(0) >> 1n) | 1n);
}
