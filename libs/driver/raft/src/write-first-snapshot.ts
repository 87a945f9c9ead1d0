import { assert } from '@portolan/kernel';
import { firstConfiguration, logIndex, term, type MemberId } from '@portolan/raft';
import { inspectWal, openSnapshots, openWal, type Disk } from '@portolan/storage';
import { FolderTakenError } from './errors.ts';
import { encodeHardState, encodeIdentity, encodeMark, encodeMetadata, RECORD_TYPES } from './log-records.ts';

/** Of the entry that the snapshot stands for: some term, which the first election is above. */
const FIRST_TERM = term(1);

export interface FirstSnapshot {
  readonly disk: Disk;
  /** Absolute, as the member is going to be started with; nothing of a member may be in it yet. */
  readonly folder: string;
  readonly clusterId: bigint;
  readonly memberId: MemberId;
  /** The first voters of the cluster, the same for each of them. */
  readonly members: readonly MemberId[];
  /** The last entry that is in it, at least 1; the log goes on from it. */
  readonly index: number;
  /** Of the state machine, the same bytes for each member. */
  readonly slices: Iterable<Uint8Array>;
  readonly segmentBytes?: number;
}

/**
 * Makes the folder of a member of a new cluster that begins with a state. All first members are given the same one; `startRaft` then
 * finds it as if it had taken the snapshot itself. The log is written last: what a crash leaves is refused, not begun anew.
 * @throws FolderTakenError; DiskError and others of `@portolan/storage`
 */
export async function writeFirstSnapshot(options: FirstSnapshot): Promise<void> {
  const { disk, folder, clusterId, memberId, members, slices, segmentBytes } = options;
  const index = logIndex(options.index);
  assert(index > 0, 'a snapshot stands for an entry');
  const { snapshots } = await openSnapshots({ disk, folder: `${folder}/snapshots` });
  if ((await snapshots.list()).length > 0 || (await hasLog(disk, folder))) throw new FolderTakenError(folder);
  const configuration = firstConfiguration(members);
  await snapshots.save({ index, metadata: encodeMetadata({ index, term: FIRST_TERM, configuration }), slices });
  const { wal } = await openWal({
    disk,
    folder: `${folder}/wal`,
    ...(segmentBytes !== undefined && { segmentBytes }),
    carried: [RECORD_TYPES.identity, RECORD_TYPES.hardState, RECORD_TYPES.snapshot],
    replay: () => undefined,
  });
  await using stack = new AsyncDisposableStack();
  await stack
    .use(wal)
    .append([
      encodeIdentity({ clusterId, memberId, start: 0, first: configuration }),
      encodeHardState({ term: FIRST_TERM, vote: undefined, committed: index }),
      encodeMark({ index, term: FIRST_TERM, origin: 'taken' }),
    ]);
}

async function hasLog(disk: Disk, folder: string): Promise<boolean> {
  const path = `${folder}/wal`;
  await disk.makeFolder(path);
  const { segments, damage } = await inspectWal({ disk, folder: path });
  return segments.length > 0 || damage.length > 0;
}
