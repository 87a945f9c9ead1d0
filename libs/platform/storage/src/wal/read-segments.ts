import type { StorageDamageError } from '../damage.ts';
import { ForeignFileError } from '../damage.ts';
import type { Disk } from '../disk.ts';
import { onDisk } from '../disk-errors.ts';
import { WalCorruptError, WalGapError } from './errors.ts';
import type { WalBatch } from './record.ts';
import { scanSegment, type SegmentScan } from './scan-segment.ts';
import { decodeSegmentHeader, parseName, segmentName, type SegmentHeader } from './segment-format.ts';

/** What the names in the folder of a log say. */
export interface WalFolder {
  /** Sequences of segments, in order. */
  readonly segments: readonly number[];
  /** Files that were being made and never became segments. */
  readonly unfinished: readonly string[];
  readonly foreign: readonly ForeignFileError[];
}

export function sortNames(folder: string, names: readonly string[]): WalFolder {
  const segments: number[] = [];
  const unfinished: string[] = [];
  const foreign: ForeignFileError[] = [];
  for (const name of names) {
    const meaning = parseName(name);
    if (meaning === 'unfinished') unfinished.push(`${folder}/${name}`);
    else if (meaning === 'foreign') foreign.push(new ForeignFileError(`${folder}/${name}`, 'it is no part of a log'));
    else segments.push(meaning);
  }
  return { segments: segments.sort((a, b) => a - b), unfinished, foreign };
}

export interface SegmentVisitor {
  onBatch(batch: WalBatch): void;
  /** When it returns, reading goes on with the next segment. */
  onDamage(error: StorageDamageError): void;
  onSegment?(segment: ReadSegment): void;
}

export interface ReadSegment {
  readonly file: string;
  readonly header: SegmentHeader;
  /**
   * Of the file, all of it: whether its end is torn or damaged is decided by all that is behind, and one batch may be as long as the file. In
   * slices it would be as much work, and 64 MiB less of memory for the time of a start, in which a snapshot takes more.
   */
  readonly bytes: Uint8Array;
  readonly scan: SegmentScan;
}

/** Reads segments in order, each with what the one before requires of it. */
export async function readSegments(
  disk: Disk,
  folder: string,
  sequences: readonly number[],
  visitor: SegmentVisitor,
): Promise<void> {
  let before: { readonly sequence: number; readonly chain: number | undefined } | undefined;
  for (const [index, sequence] of sequences.entries()) {
    const file = `${folder}/${segmentName(sequence)}`;
    const missing = before !== undefined && before.sequence + 1 !== sequence;
    if (missing) visitor.onDamage(new WalGapError(file, segmentName(before?.sequence ?? 0)));
    const bytes = await readFile(disk, file);
    const header = decodeSegmentHeader(file, bytes, sequence);
    if (header instanceof Error) {
      visitor.onDamage(header);
      before = { sequence, chain: undefined };
      continue;
    }
    if (!missing && before?.chain !== undefined && before.chain !== header.chain) {
      visitor.onDamage(new WalCorruptError(file, 32, 'it does not continue the segment before it'));
    }
    const segment = { file, bytes, header, isLast: index === sequences.length - 1 };
    const scan = scanSegment(segment, (batch) => {
      visitor.onBatch(batch);
    });
    if (scan.damage !== undefined) visitor.onDamage(scan.damage);
    visitor.onSegment?.({ file, header, bytes, scan });
    before = { sequence, chain: scan.damage === undefined ? scan.chain : undefined };
  }
}

async function readFile(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await onDisk('open', path, disk.open(path, 'read'));
  try {
    return await onDisk(
      'read',
      path,
      file.size().then((size) => file.read(0, size)),
    );
  } finally {
    await onDisk('close', path, file.close());
  }
}
