import { assert } from '@portolan/kernel';
import type { Disk } from '../disk.ts';
import { onDisk } from '../disk-errors.ts';
import { listFolder, makeFolder, syncFolder } from '../folder.ts';
import { SECTOR_BYTES, zeros } from '../zeros.ts';
import { CarriedRecords } from './carried-records.ts';
import { SEGMENT_BYTES, SEGMENT_BYTES_MIN } from './limits.ts';
import { readSegments, sortNames, type ReadSegment } from './read-segments.ts';
import type { TornTail, WalBatch } from './record.ts';
import { SegmentWriter, type WalTail } from './segment-writer.ts';
import { Wal } from './wal.ts';

export interface WalOptions {
  readonly disk: Disk;
  /** Absolute, the log's alone; made when it is missing. */
  readonly folder: string;
  /** A multiple of 512, at least 4,096; 64 MiB when not given. A larger append gets a segment of its own size. */
  readonly segmentBytes?: number;
  /**
   * Types of which every new segment begins with the newest durable record, so that older segments can be released: the hard state,
   * who this member is. At most 64 KiB each. All else that is needed must be in segments that are kept.
   */
  readonly carried: readonly number[];
  /** Called with each batch, in order, before `openWal` resolves; a throw refuses to open. */
  readonly replay: (batch: WalBatch) => void;
}

export interface OpenedWal {
  readonly wal: Wal;
  /** What a crash left half-written at the end, now zeros again: worth a line in the log. */
  readonly cut: TornTail | undefined;
  /** Whether there was no log before. */
  readonly created: boolean;
  /** Files that a crash left unfinished, now removed. */
  readonly removed: readonly string[];
}

/**
 * Opens a log, or begins one. Nothing is written before all of it has been read and replayed.
 *
 * One process at a time: two on one folder destroy it.
 * @throws StorageDamageError (`STORAGE_WAL_CORRUPT`, `…_TRUNCATED`, `…_GAP`, `STORAGE_FORMAT_UNKNOWN`, `STORAGE_FOREIGN_FILE`): what is
 * there is not what was written, and stays as it is
 * @throws DiskError when the disk refuses
 */
export async function openWal(options: WalOptions): Promise<OpenedWal> {
  const { disk, folder, segmentBytes = SEGMENT_BYTES } = options;
  assert(segmentBytes >= SEGMENT_BYTES_MIN && segmentBytes % SECTOR_BYTES === 0, 'a segment is whole sectors');
  const carried = new CarriedRecords(options.carried);
  const { segments, unfinished, foreign } = sortNames(folder, await listFolder(disk, folder));
  for (const error of foreign) throw error;
  if (segments.length === 0) await makeFolder(disk, folder);
  let last: ReadSegment | undefined;
  await readSegments(disk, folder, segments, {
    onBatch: (batch) => {
      options.replay(batch);
      carried.note(batch.records);
    },
    onDamage: (error) => {
      throw error;
    },
    onSegment: (segment) => {
      last = segment;
    },
  });
  for (const path of unfinished) await onDisk('remove', path, disk.remove(path));
  // The last rename may be known to this system, but not to its disk.
  await syncFolder(disk, folder);
  const tail = last === undefined ? undefined : await openTail(disk, last);
  const writer = new SegmentWriter(disk, folder, segmentBytes, carried, tail);
  await using undo = new AsyncDisposableStack();
  undo.use(writer);
  await writer.start();
  undo.move();
  const wal = new Wal(disk, folder, writer, carried, segments[0] ?? writer.sequence);
  return { wal, cut: last?.scan.torn, created: last === undefined, removed: unfinished };
}

/**
 * Makes what was read of the last segment durable, and all that is behind it zeros, also where zeros are read: a system whose sync failed
 * shows what it could not write, and beneath may be a batch that was torn, which a loss of power would bring back behind later ones.
 */
async function openTail(disk: Disk, { file: path, header, bytes, scan }: ReadSegment): Promise<WalTail> {
  const file = await onDisk('open', path, disk.open(path, 'durable'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => onDisk('close', path, file.close()));
  const { lastBatchAt, end, chain } = scan;
  await onDisk('write', path, file.write(end, zeros(bytes.length - end)));
  // A process that was killed before its sync, or whose sync failed, leaves a batch that is read from memory and may not be on disk.
  await onDisk('write', path, file.write(lastBatchAt, [bytes.subarray(lastBatchAt, end)]));
  undo.move();
  return { file, path, sequence: header.sequence, bytes: header.bytes, seed: header.seed, position: end, chain };
}
