import { KEYSPACES, revision, type Keyspace, type Revision } from '../ids.ts';
import { rangeIncludes, type KeyRange } from '../key-range.ts';
import { NO_MEMBER } from '../machine/alarms.ts';
import { KeyspaceState } from '../machine/keyspace-state.ts';
import type { MachineState } from '../machine/machine-state.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import { writeSnapshot } from '../snapshot/write-snapshot.ts';
import type { OpenBackup } from './read-backup.ts';

/**
 * How far revisions are raised: more than the store can have made between the backup and the day of the restore, so that no revision
 * means two things. At 10,000 writes a second a billion is a day; of 2^53 it is nothing. What etcd advises for `--bump-revision`.
 */
export const REVISION_MARGIN = 1_000_000_000;

/** A snapshot of entry 0 is none: members that are given it begin with nothing, at the first revision. */
const INDEX_MIN = 1;

export interface RestoreOptions {
  /** Default: `REVISION_MARGIN`. */
  readonly revisionMargin?: number;
  /** Keys that meant something in the old cluster alone. */
  readonly forget?: readonly { readonly keyspace: Keyspace; readonly keys: KeyRange }[];
}

/** What a new cluster begins with. */
export interface RestoredState {
  /** Of the entry that its first snapshot stands for. */
  readonly index: number;
  readonly revision: Revision;
  readonly keys: number;
  readonly leases: number;
  /** The snapshot, for one member; the same each time. */
  readonly slices: () => Iterable<Uint8Array>;
}

/**
 * Reads a backup as the beginning of another history:
 *
 * - keys stay, with the revisions they had; history does not: the store's revision is raised by a margin and everything below it is
 *   compacted, so that whoever watches from a revision of before is told to read again, rather than wait or miss something
 * - leases stay, and get their whole time again from who first leads
 * - answers kept for retries stay: what was applied before the backup is not applied a second time
 * - alarms of no space stay, for the state is as full as it was; those about members do not: these are others
 * @throws BackupDamagedError, MalformedSnapshotError, UnknownSnapshotError
 */
export async function restoreState(
  { slices }: Pick<OpenBackup, 'slices'>,
  options: RestoreOptions = {},
): Promise<RestoredState> {
  const { revisionMargin = REVISION_MARGIN, forget = [] } = options;
  const before = await readSnapshot(slices, undefined);
  const current = revision(before.revision + revisionMargin);
  const begin = (keyspace: Keyspace): KeyspaceState => {
    const forgotten = forget.filter((one) => one.keyspace === keyspace);
    return beginAgain(before.keyspaces[keyspace], current, (keys) =>
      forgotten.some((one) => rangeIncludes(one.keys, keys)),
    );
  };
  const state: MachineState = {
    ...before,
    index: Math.max(INDEX_MIN, before.index),
    revision: current,
    alarms: before.alarms.filter(({ kind }) => kind === 'no-space').map((alarm) => ({ ...alarm, memberId: NO_MEMBER })),
    keyspaces: { user: begin('user'), catalog: begin('catalog'), system: begin('system') },
  };
  return {
    index: state.index,
    revision: current,
    keys: KEYSPACES.reduce((keys, keyspace) => keys + state.keyspaces[keyspace].keys, 0),
    leases: state.leases.size,
    slices: () => writeSnapshot(state),
  };
}

function beginAgain(
  before: KeyspaceState,
  floor: Revision,
  isForgotten: (key: KeyRange['key']) => boolean,
): KeyspaceState {
  const state = new KeyspaceState(floor);
  for (const keyValue of before.current.values()) if (!isForgotten(keyValue.key)) state.restoreKey(keyValue);
  state.restoreFloor(undefined);
  return state;
}
