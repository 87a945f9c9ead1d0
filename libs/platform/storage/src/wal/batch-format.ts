import { checksum } from '../checksum.ts';
import { isZero, roundUp, SECTOR_BYTES } from '../zeros.ts';
import type { WalRecord } from './record.ts';

/**
 * A batch is what one sync made durable. It begins at a multiple of 32, so that its header never straddles a sector, with, in
 * little-endian order:
 *
 *     0  4  PBAT, or PCAR for the records that a segment begins with
 *     4  4  bytes of the records
 *     8  4  number of records
 *    12  4  previous: the checksum of the batch before, also across segments
 *    16  4  checksum of the records and their padding, continued from `previous`
 *    20  4  pieces of the batch that are all zeros as written; sectors of the file cut it into pieces
 *    24  4  its offset in the file, in units of 32
 *    28  4  checksum of the 28 bytes before, continued from the segment's seed
 *
 * Then each record: type and length in one number (the type is its lowest byte), data. Zeros fill up to a multiple of 32.
 */
export interface BatchHeader {
  readonly carried: boolean;
  readonly recordsBytes: number;
  readonly records: number;
  readonly previous: number;
  readonly checksum: number;
  readonly zeroPieces: number;
  readonly offset: number;
}

export const BATCH_HEADER_BYTES = 32;
export const BATCH_ALIGNMENT = 32;
const RECORD_HEADER_BYTES = 4;
const APPENDED = 0x5441_4250;
const CARRIED = 0x5241_4350;
const CHECKSUM_AT = 28;

/** What a record takes in a batch. */
export function recordBytes({ data }: WalRecord): number {
  return RECORD_HEADER_BYTES + data.length;
}

/** What a batch takes on disk. */
export function batchBytes(recordsBytes: number): number {
  return BATCH_HEADER_BYTES + roundUp(recordsBytes, BATCH_ALIGNMENT);
}

/** Hot path: once a record. Returns where the next one goes. */
export function encodeRecord(bytes: Uint8Array, view: DataView, at: number, { type, data }: WalRecord): number {
  view.setUint32(at, (data.length << 8) | type, true);
  bytes.set(data, at + RECORD_HEADER_BYTES);
  return at + RECORD_HEADER_BYTES + data.length;
}

export function encodeBatchHeader(bytes: Uint8Array, view: DataView, header: BatchHeader, seed: number): void {
  view.setUint32(0, header.carried ? CARRIED : APPENDED, true);
  view.setUint32(4, header.recordsBytes, true);
  view.setUint32(8, header.records, true);
  view.setUint32(12, header.previous, true);
  view.setUint32(16, header.checksum, true);
  view.setUint32(20, header.zeroPieces, true);
  view.setUint32(24, header.offset / BATCH_ALIGNMENT, true);
  view.setUint32(CHECKSUM_AT, checksum(bytes.subarray(0, CHECKSUM_AT), seed), true);
}

/** @returns undefined when the 32 bytes at `offset` are not the header of a batch that was written there */
export function decodeBatchHeader(bytes: Uint8Array, offset: number, seed: number): BatchHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, BATCH_HEADER_BYTES);
  const magic = view.getUint32(0, true);
  if (magic !== APPENDED && magic !== CARRIED) return undefined;
  if (view.getUint32(24, true) * BATCH_ALIGNMENT !== offset) return undefined;
  const stated = view.getUint32(CHECKSUM_AT, true);
  if (stated !== checksum(bytes.subarray(offset, offset + CHECKSUM_AT), seed)) return undefined;
  return {
    carried: magic === CARRIED,
    recordsBytes: view.getUint32(4, true),
    records: view.getUint32(8, true),
    previous: view.getUint32(12, true),
    checksum: view.getUint32(16, true),
    zeroPieces: view.getUint32(20, true),
    offset,
  };
}

/** Whether the records of the batch at `header.offset` are those that were written. */
export function isIntact(bytes: Uint8Array, header: BatchHeader): boolean {
  const end = header.offset + batchBytes(header.recordsBytes);
  if (end > bytes.length) return false;
  return checksum(bytes.subarray(header.offset + BATCH_HEADER_BYTES, end), header.previous) === header.checksum;
}

/** @returns undefined when they do not fill the batch: whoever wrote it was wrong */
export function decodeRecords(bytes: Uint8Array, header: BatchHeader): WalRecord[] | undefined {
  const start = header.offset + BATCH_HEADER_BYTES;
  const own = bytes.slice(start, start + header.recordsBytes);
  const view = new DataView(own.buffer, own.byteOffset);
  const records: WalRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= own.length) {
    const head = view.getUint32(at, true);
    const end = at + RECORD_HEADER_BYTES + (head >>> 8);
    if (end > own.length || (head & 0xff) === 0) return undefined;
    records.push({ type: head & 0xff, data: own.subarray(at + RECORD_HEADER_BYTES, end) });
    at = end;
  }
  return at === own.length && records.length === header.records ? records : undefined;
}

/**
 * The file's sectors cut a batch into pieces, each of which is written whole or not at all. Those that were not written are zeros,
 * as the segment was.
 * @param bytes the batch, from `start` to `end`
 * @param offset where it is in its file
 */
export function countZeroPieces(bytes: Uint8Array, start: number, end: number, offset: number): number {
  let count = 0;
  for (let at = start; at < end;) {
    const pieceEnd = Math.min(end, at + SECTOR_BYTES - ((offset + at - start) % SECTOR_BYTES));
    if (isZero(bytes, at, pieceEnd)) count += 1;
    at = pieceEnd;
  }
  return count;
}
