import { endOfContent, isZero, roundUp, SECTOR_BYTES } from '../zeros.ts';
import {
  BATCH_ALIGNMENT,
  BATCH_HEADER_BYTES,
  batchBytes,
  countZeroPieces,
  decodeBatchHeader,
  decodeRecords,
  isIntact,
  type BatchHeader,
} from './batch-format.ts';
import { WalCorruptError } from './errors.ts';
import type { TornTail, WalBatch } from './record.ts';
import { SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-format.ts';

/** A whole segment in memory. */
export interface LoadedSegment {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly header: SegmentHeader;
  /** Only the last one can have a batch that was being written when the process ended. */
  readonly isLast: boolean;
}

export interface SegmentScan {
  /** Where the next batch goes. */
  readonly end: number;
  /** The checksum of the last batch. */
  readonly chain: number;
  /** Where the last batch is; 0 when there is none. */
  readonly lastBatchAt: number;
  readonly torn: TornTail | undefined;
  /** Nothing behind it was read. */
  readonly damage: WalCorruptError | undefined;
}

type Found =
  | { readonly kind: 'batch'; readonly header: BatchHeader; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'torn'; readonly bytes: number }
  | { readonly kind: 'damage'; readonly what: string; readonly at?: number };

/**
 * Reads a segment from its first batch to its end, and decides what the end is. Sectors are written whole or not at all, one batch
 * at a time, onto zeros, and the one before is durable by then. So a crash leaves one batch at the very end with sectors that are
 * still zeros, and nothing else: that is torn. Everything else that does not match is damage.
 */
export function scanSegment(segment: LoadedSegment, onBatch: (batch: WalBatch) => void): SegmentScan {
  let end = SEGMENT_HEADER_BYTES;
  let chain = segment.header.chain;
  let lastBatchAt = 0;
  const scanned = { torn: undefined, damage: undefined };
  for (;;) {
    const found = look(segment, end, chain);
    switch (found.kind) {
      case 'end':
        return { ...scanned, end, chain, lastBatchAt };
      case 'torn': {
        const torn = { file: segment.file, offset: end, bytes: found.bytes };
        return { ...scanned, end, chain, lastBatchAt, torn };
      }
      case 'damage': {
        const damage = new WalCorruptError(segment.file, found.at ?? end, found.what);
        return { ...scanned, end, chain, lastBatchAt, damage };
      }
      case 'batch': {
        const records = decodeRecords(segment.bytes, found.header);
        if (records === undefined) {
          const damage = new WalCorruptError(segment.file, end, 'the records do not fill their batch');
          return { ...scanned, end, chain, lastBatchAt, damage };
        }
        onBatch({ segment: segment.header.sequence, offset: end, carried: found.header.carried, records });
        lastBatchAt = end;
        chain = found.header.checksum;
        end = found.end;
      }
    }
  }
}

/** What is at `offset`, where a batch begins or the log ends. */
function look(segment: LoadedSegment, offset: number, chain: number): Found {
  const { bytes, header } = segment;
  const isFirst = offset === SEGMENT_HEADER_BYTES;
  if (offset + BATCH_HEADER_BYTES > bytes.length) return { kind: 'end' };
  if (isZero(bytes, offset, offset + BATCH_HEADER_BYTES)) return lookBehind(segment, offset);
  const found = decodeBatchHeader(bytes, offset, header.seed);
  if (found === undefined) return damage('the header of a batch does not match its checksum');
  if (found.previous !== chain) return damage('the batch does not follow the one before it');
  if (found.carried !== isFirst) return damage('the batch belongs to another place in a segment');
  const end = offset + batchBytes(found.recordsBytes);
  if (end > bytes.length) return damage('the batch is longer than what is left of the segment');
  if (isIntact(bytes, found)) return { kind: 'batch', header: found, end };
  const mismatch = 'the records of the batch do not match their checksum';
  const lacksSectors = countZeroPieces(bytes, offset, end, offset) > found.zeroPieces;
  // The first batch was durable before its segment had a name.
  if (!lacksSectors || !segment.isLast || isFirst) return damage(mismatch);
  const behind = findBatch(segment, end);
  if (behind !== undefined) return damage(`${mismatch}, and a whole batch follows at byte ${behind}`);
  if (!isZero(bytes, end, bytes.length)) return damage(`${mismatch}, and something follows it`);
  return { kind: 'torn', bytes: end - offset };
}

/** There is no header at `offset`: nothing may be behind it, but what a torn batch left whose first sector is missing. */
function lookBehind(segment: LoadedSegment, offset: number): Found {
  const { bytes, isLast } = segment;
  const isFirst = offset === SEGMENT_HEADER_BYTES;
  if (isZero(bytes, offset, bytes.length)) {
    return isFirst ? damage('the first batch of the segment is missing') : { kind: 'end' };
  }
  const batch = findBatch(segment, offset + BATCH_ALIGNMENT);
  if (batch !== undefined) return damage(`a batch is missing: a whole one follows at byte ${batch}`);
  const sectorEnd = Math.min(bytes.length, roundUp(offset + 1, SECTOR_BYTES));
  if (isFirst || !isLast || !isZero(bytes, offset, sectorEnd)) {
    return damage('behind the last batch something is not zero', firstContent(bytes, offset));
  }
  return { kind: 'torn', bytes: roundUp(endOfContent(bytes, offset, bytes.length), BATCH_ALIGNMENT) - offset };
}

function damage(what: string, at?: number): Found {
  return at === undefined ? { kind: 'damage', what } : { kind: 'damage', what, at };
}

/** The first whole batch at or behind `from`: each can be checked alone, as it says what it follows. */
function findBatch({ bytes, header }: LoadedSegment, from: number): number | undefined {
  for (let offset = from; offset + BATCH_HEADER_BYTES <= bytes.length; offset += BATCH_ALIGNMENT) {
    if (bytes[offset] === 0) continue;
    const found = decodeBatchHeader(bytes, offset, header.seed);
    if (found !== undefined && isIntact(bytes, found)) return offset;
  }
  return undefined;
}

function firstContent(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
}
