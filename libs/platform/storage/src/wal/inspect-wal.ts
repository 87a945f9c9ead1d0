import type { Disk } from '../disk.ts';
import type { StorageDamageError } from '../damage.ts';
import { onDisk } from '../disk-errors.ts';
import { readSegments, sortNames } from './read-segments.ts';
import type { TornTail, WalBatch } from './record.ts';

export interface InspectWalOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly onBatch?: (batch: WalBatch) => void;
}

export interface SegmentFindings {
  readonly file: string;
  readonly sequence: number;
  /** Of the file. */
  readonly bytes: number;
  /** Of them, up to the end of the last whole batch. */
  readonly used: number;
  readonly batches: number;
  readonly records: number;
}

export interface WalFindings {
  readonly segments: readonly SegmentFindings[];
  /** A batch that a crash left half-written: opening the log cuts it. */
  readonly torn: TornTail | undefined;
  /** Files that never became segments: opening the log removes them. */
  readonly unfinished: readonly string[];
  /** Opening the log throws the first of them. */
  readonly damage: readonly StorageDamageError[];
}

/**
 * Reads a log as `openWal` does, but opens nothing to write, repairs nothing, and goes on past damage with the next segment.
 * @throws DiskError when the disk refuses
 */
export async function inspectWal({ disk, folder, onBatch }: InspectWalOptions): Promise<WalFindings> {
  const names = await onDisk('list', folder, disk.list(folder));
  const { segments: sequences, unfinished, foreign } = sortNames(folder, names);
  const damage: StorageDamageError[] = [...foreign];
  const segments: SegmentFindings[] = [];
  let torn: TornTail | undefined;
  let counted = { batches: 0, records: 0 };
  await readSegments(disk, folder, sequences, {
    onBatch: (batch) => {
      counted = { batches: counted.batches + 1, records: counted.records + batch.records.length };
      onBatch?.(batch);
    },
    onDamage: (error) => {
      damage.push(error);
    },
    onSegment: ({ file, header, scan }) => {
      segments.push({ file, sequence: header.sequence, bytes: header.bytes, used: scan.end, ...counted });
      counted = { batches: 0, records: 0 };
      torn = scan.torn;
    },
  });
  return { segments, torn, unfinished, damage };
}
