import { resolve } from 'node:path';
import type { Configuration, HardState } from '@portolan/raft';
import { LogIncompleteError, type Identity, type SnapshotMark } from '@portolan/raft-driver';
import { inspectWal, type Disk, type SegmentFindings, type TornTail, type WalFindings } from '@portolan/storage';
import { ContradictoryLogError, damageAt, NoMemberDataError, type Damage } from './damage.ts';
import { EntryWindow, type EntryLine } from './entry-window.ts';
import { LogSummary, type Range } from './log-summary.ts';
import { ReadOnlyDisk, systemCode } from './read-only-disk.ts';
import { inspectSnapshots, type SnapshotFinding, type SnapshotFindings } from './snapshot-findings.ts';

export interface InspectOptions {
  readonly disk: Disk;
  readonly folder: string;
  /** Which entries are wanted, by index. */
  readonly entries: { readonly from: number; readonly limit: number };
  /** Called with everything that was read. */
  readonly onRead: (path: string, bytes: number) => void;
}

/** A configuration, and what says it: an entry of the log, the snapshot that the log goes on from, or the beginning of the cluster. */
export interface KnownConfiguration {
  readonly configuration: Configuration;
  readonly source: 'entry' | 'snapshot' | 'beginning';
  readonly index: number;
}

export interface Inspection {
  readonly folder: string;
  /** undefined for a member that has never started. */
  readonly owner: Identity | undefined;
  readonly hardState: HardState;
  /** Of the snapshot that the log goes on from; index 0 when it goes on from nothing. */
  readonly mark: SnapshotMark;
  /** Who is a member, as far as this one knows. */
  readonly configuration: KnownConfiguration | undefined;
  /** undefined when there are none. */
  readonly log: (Range & { readonly terms: { readonly first: number; readonly last: number } }) | undefined;
  readonly snapshots: readonly SnapshotFinding[];
  readonly segments: readonly (SegmentFindings & { readonly entries: Range | undefined })[];
  /** What a start of the member would cut off: a batch whose append never resolved. */
  readonly torn: TornTail | undefined;
  /** Files that never became segments or snapshots: a start of the member removes them. */
  readonly unfinished: readonly string[];
  readonly entries: readonly EntryLine[];
  readonly damage: readonly Damage[];
  /** How much more damage there is than is told. */
  readonly omitted: number;
}

/**
 * Reads and verifies all that a member keeps, changing nothing, and goes on past damage.
 * @throws NoMemberDataError; DiskError when the disk refuses
 */
export async function inspectMember(options: InspectOptions): Promise<Inspection> {
  const folder = resolve(options.folder);
  await checkFolder(options.disk, folder);
  const disk = new ReadOnlyDisk(options.disk, options.onRead);
  const window = new EntryWindow(options.entries);
  const log = new LogSummary(folder, window);
  const wal = await inspectWal({
    disk,
    folder: `${folder}/wal`,
    onBatch: (batch) => {
      log.take(batch);
    },
  });
  log.end();
  const found = await inspectSnapshots(disk, `${folder}/snapshots`);
  return {
    folder,
    owner: log.identity,
    hardState: log.hardState,
    mark: log.mark,
    configuration: configurationOf(log, found.snapshots),
    log: log.range && { ...log.range, terms: log.terms },
    snapshots: found.snapshots,
    segments: wal.segments.map((segment) => ({ ...segment, entries: log.entriesOf(segment.sequence) })),
    torn: wal.torn,
    unfinished: [...wal.unfinished, ...found.unfinished],
    entries: window.lines,
    damage: damageOf(folder, wal, log, found),
    omitted: log.omitted,
  };
}

async function checkFolder(disk: Disk, folder: string): Promise<void> {
  const names = await disk.list(folder).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new NoMemberDataError(folder, { ENOENT: 'there is no such folder', ENOTDIR: 'it is a file' }[code] ?? code);
  });
  if (!names.includes('wal') && !names.includes('snapshots')) {
    throw new NoMemberDataError(folder, "there is neither 'wal' nor 'snapshots' in it");
  }
}

/** What keeps the member from starting first, and then by the parts of the folder. */
function damageOf(folder: string, wal: WalFindings, log: LogSummary, found: SnapshotFindings): readonly Damage[] {
  const files = new Map(wal.segments.map(({ sequence, file }) => [sequence, file]));
  const fileOf = (segment: number): string => files.get(segment) ?? `${folder}/wal`;
  return [
    ...wal.damage.map((error) => damageAt(error, error.file, error.offset)),
    ...log.errors.map(({ error, place }) => damageAt(error, fileOf(place.segment), place.offset)),
    ...found.damage,
    ...misfits(folder, log, found.snapshots, fileOf),
  ];
}

/** Log and snapshots may each be whole, and not belong together. */
function misfits(
  folder: string,
  log: LogSummary,
  snapshots: readonly SnapshotFinding[],
  fileOf: (segment: number) => string,
): readonly Damage[] {
  const { mark, markAt } = log;
  const damage: Damage[] = [];
  if (mark.index > 0 && !snapshots.some(({ index }) => index === mark.index)) {
    const error = new LogIncompleteError(folder, `its snapshot at ${mark.index} is missing`);
    damage.push(damageAt(error, fileOf(markAt.segment), markAt.offset));
  }
  for (const { file, index, metadata } of snapshots) {
    if (metadata === undefined) continue;
    const term = index === mark.index ? mark.term : log.termAt(metadata.index);
    if (term === undefined || term === metadata.term) continue;
    const what = `the snapshot at ${index} is of term ${metadata.term}, and the log has term ${term} there`;
    damage.push(damageAt(new ContradictoryLogError(what), file, 0));
  }
  if (log.isEmpty && snapshots.length > 0) {
    const error = new LogIncompleteError(folder, 'there are snapshots, and it does not say whose it is');
    damage.push(damageAt(error, `${folder}/wal`, 0));
  }
  return damage;
}

function configurationOf(log: LogSummary, snapshots: readonly SnapshotFinding[]): KnownConfiguration | undefined {
  const { configuration, identity, mark } = log;
  if (configuration !== undefined) {
    return { configuration: configuration.configuration, source: 'entry', index: configuration.index };
  }
  if (mark.index === 0) return identity && { configuration: identity.first, source: 'beginning', index: 0 };
  const metadata = snapshots.find(({ index }) => index === mark.index)?.metadata;
  return metadata && { configuration: metadata.configuration, source: 'snapshot', index: mark.index };
}
