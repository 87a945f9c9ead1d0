import {
  firstConfiguration,
  NO_INDEX,
  NO_MEMBERS,
  NO_TERM,
  type RaftOptions,
  type SnapshotMetadata,
} from '@portolan/raft';
import { openSnapshots, openWal, type SnapshotStore, type TornTail, type Wal } from '@portolan/storage';
import { ForeignLogError, LogIncompleteError } from './errors.ts';
import { decodeMetadata, encodeIdentity, RECORD_TYPES, type Identity } from './log-records.ts';
import { LogReplay } from './log-replay.ts';
import type { RaftMemberOptions } from './options.ts';
import { SegmentEnds } from './segment-ends.ts';

export interface Recovered {
  readonly wal: Wal;
  readonly snapshots: SnapshotStore;
  readonly segmentEnds: SegmentEnds;
  readonly cut: TornTail | undefined;
  readonly raft: Pick<RaftOptions, 'id' | 'start' | 'hardState' | 'snapshot' | 'entries'>;
}

/**
 * Reads what this member has on disk, lets the state machine stand on its snapshot, and writes down that it has started again.
 * @throws ForeignLogError: nothing was touched
 * @throws StorageDamageError and others of `@portolan/storage`, LogIncompleteError, UnknownRecordError, MalformedRecordError: no segment
 * and no snapshot was changed, but for a torn end that may be cut
 */
export async function recover<Result>(options: RaftMemberOptions<Result>): Promise<Recovered> {
  const { disk, folder, machine, segmentBytes } = options;
  await using undo = new AsyncDisposableStack();
  const replay = new LogReplay(folder);
  const segmentEnds = new SegmentEnds();
  const { wal, cut } = await openWal({
    disk,
    folder: `${folder}/wal`,
    ...(segmentBytes !== undefined && { segmentBytes }),
    carried: [RECORD_TYPES.identity, RECORD_TYPES.hardState, RECORD_TYPES.snapshot],
    replay: (batch) => {
      replay.take(batch);
      // At once, for nothing is written before all is replayed: the folder may be that of a member that runs.
      if (replay.identity !== undefined) checkOwner(options, replay.identity);
      segmentEnds.note(batch.segment, replay.lastIndex);
    },
  });
  undo.use(wal);
  const { snapshots } = await openSnapshots({ disk, folder: `${folder}/snapshots` });
  if (replay.identity === undefined && (await snapshots.list()).length > 0) {
    throw new LogIncompleteError(folder, 'there are snapshots, and it does not say whose it is');
  }
  const identity = nextIdentity(options, replay.identity);
  const entries = replay.entries();
  const snapshot = await snapshotOf(snapshots, replay, identity, folder);
  // Received from a leader, and not taken over before the member stopped: the log does not go on from it.
  for (const { index } of await snapshots.list()) if (index > snapshot.index) await snapshots.remove(index);
  if (snapshot.index > 0) await machine.restore((await snapshots.open(snapshot.index)).slices);
  await wal.append([encodeIdentity(identity)]);
  undo.move();
  const { memberId: id, start } = identity;
  return { wal, snapshots, segmentEnds, cut, raft: { id, start, hardState: replay.hardState, snapshot, entries } };
}

type Owner = Pick<Identity, 'clusterId' | 'memberId'>;

function checkOwner({ clusterId, memberId, folder }: Owner & { readonly folder: string }, found: Owner): void {
  if (found.clusterId === clusterId && found.memberId === memberId) return;
  const name = (owner: Owner): string => `member ${owner.memberId} of cluster ${owner.clusterId}`;
  throw new ForeignLogError(folder, name(found), name({ clusterId, memberId }));
}

function nextIdentity<Result>(options: RaftMemberOptions<Result>, found: Identity | undefined): Identity {
  if (found !== undefined) return { ...found, start: found.start + 1 };
  const { clusterId, memberId, start } = options;
  const first = start.kind === 'bootstrap' ? firstConfiguration(start.members) : NO_MEMBERS;
  return { clusterId, memberId, start: 1, first };
}

async function snapshotOf(
  snapshots: SnapshotStore,
  { mark }: LogReplay,
  { first }: Identity,
  folder: string,
): Promise<SnapshotMetadata> {
  if (mark.index === NO_INDEX) return { index: NO_INDEX, term: NO_TERM, configuration: first };
  const found = (await snapshots.list()).find(({ index }) => index === mark.index);
  if (found === undefined) throw new LogIncompleteError(folder, `its snapshot at ${mark.index} is missing`);
  const metadata = decodeMetadata((await snapshots.open(mark.index)).metadata);
  if (metadata.index !== mark.index || metadata.term !== mark.term) {
    const [is, should] = [metadata, mark].map(({ index, term }) => `${term}/${index}`);
    throw new LogIncompleteError(folder, `its snapshot is of ${is ?? ''}, the log goes on from ${should ?? ''}`);
  }
  return metadata;
}
