import { PortolanError } from '@portolan/kernel';
import type { SnapshotMetadata } from '@portolan/raft';
import { decodeMetadata } from '@portolan/raft-driver';
import { DiskError, ForeignFileError, openSnapshots, StorageDamageError, type SnapshotStore } from '@portolan/storage';
import { ContradictoryLogError, damageAt, type Damage } from './damage.ts';
import type { ReadOnlyDisk } from './read-only-disk.ts';

export interface SnapshotFinding {
  readonly file: string;
  readonly index: number;
  /** undefined when it can't be read. */
  readonly metadata: SnapshotMetadata | undefined;
  /** Of the state machine; undefined when not all of them are what was written. */
  readonly bytes: number | undefined;
}

export interface SnapshotFindings {
  /** Newest first. */
  readonly snapshots: readonly SnapshotFinding[];
  /** Files that never became snapshots: a start of the member removes them. */
  readonly unfinished: readonly string[];
  readonly damage: readonly Damage[];
}

/** Reads and verifies every snapshot of a member. */
export async function inspectSnapshots(disk: ReadOnlyDisk, folder: string): Promise<SnapshotFindings> {
  const damage: Damage[] = [];
  const { store, unfinished } = await open(disk, folder, damage);
  const names = await disk.list(folder);
  const snapshots: SnapshotFinding[] = [];
  for (const { index } of await store.list()) {
    const name = names.find((one) => one.endsWith('.snap') && Number.parseInt(one, 16) === index);
    const file = `${folder}/${name ?? index}`;
    const note = (error: unknown): undefined => {
      const found = snapshotDamage(error, file);
      // What keeps the metadata from being read is met again on the way through all of it.
      if (!damage.some(({ code, file: damaged }) => code === found.code && damaged === found.file)) damage.push(found);
    };
    const metadata = await readMetadata(store, index).catch(note);
    const content = await store.verify(index).catch(note);
    snapshots.push({ file, index, metadata, bytes: content?.bytes });
  }
  return { snapshots, unfinished, damage };
}

/** A disk that can't be read says nothing of the file. */
function snapshotDamage(error: unknown, file: string): Damage {
  if (!(error instanceof PortolanError) || error instanceof DiskError) throw error;
  return error instanceof StorageDamageError ? damageAt(error, error.file, error.offset) : damageAt(error, file, 0);
}

/** As a member opens it, but past each file that is none of its own. */
async function open(
  disk: ReadOnlyDisk,
  folder: string,
  damage: Damage[],
): Promise<{ readonly store: SnapshotStore; readonly unfinished: readonly string[] }> {
  for (;;) {
    try {
      const { snapshots, removed } = await openSnapshots({ disk, folder });
      return { store: snapshots, unfinished: removed };
    } catch (error) {
      if (!(error instanceof ForeignFileError)) throw error;
      damage.push(damageAt(error, error.file, error.offset));
      disk.hide(error.file);
    }
  }
}

async function readMetadata(store: SnapshotStore, index: number): Promise<SnapshotMetadata> {
  const metadata = decodeMetadata((await store.open(index)).metadata);
  if (metadata.index === index) return metadata;
  throw new ContradictoryLogError(`its metadata is that of a snapshot at ${metadata.index}`);
}
