import { checksum } from '../checksum.ts';
import { ForeignFileError, UnknownFormatError, type StorageDamageError } from '../damage.ts';
import { isZero } from '../zeros.ts';
import { WalCorruptError, WalTruncatedError } from './errors.ts';

/**
 * A segment begins with, in little-endian order:
 *
 *     0  8  PTLN-WAL
 *     8  4  format
 *    12  4  zero
 *    16  8  sequence: 1 for the first, then one more each
 *    24  8  bytes of the file
 *    32  4  chain: the checksum of the last batch before this segment
 *    36 24  zero
 *    60  4  checksum of the 60 bytes before
 *
 * Every later format keeps the first 12 bytes and the last 4.
 */
export interface SegmentHeader {
  readonly sequence: number;
  readonly bytes: number;
  readonly chain: number;
  /** The header's own checksum, where those of its batches' headers begin: a frame in the data of a record cannot pass for one. */
  readonly seed: number;
}

export const SEGMENT_HEADER_BYTES = 64;
const FORMAT = 1;
const FORMAT_AT = 8;
const CHECKSUM_AT = 60;
const MAGIC = Buffer.from('PTLN-WAL', 'latin1');

const NAME = /^([0-9a-f]{16})\.wal$/;
/** A segment that is still being made. */
const UNFINISHED = /^[0-9]+\.new$/;

export function segmentName(sequence: number): string {
  return `${sequence.toString(16).padStart(16, '0')}.wal`;
}

export function unfinishedName(count: number): string {
  return `${count}.new`;
}

/** What a name in the folder says: the sequence of a segment, or that it never became one. */
export function parseName(name: string): number | 'unfinished' | 'foreign' {
  if (UNFINISHED.test(name)) return 'unfinished';
  const sequence = Number.parseInt(NAME.exec(name)?.[1] ?? '', 16);
  return sequence > 0 && Number.isSafeInteger(sequence) ? sequence : 'foreign';
}

/** @returns the header's bytes and checksum */
export function encodeSegmentHeader(header: Omit<SegmentHeader, 'seed'>): { bytes: Uint8Array; seed: number } {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(FORMAT_AT, FORMAT, true);
  view.setBigUint64(16, BigInt(header.sequence), true);
  view.setBigUint64(24, BigInt(header.bytes), true);
  view.setUint32(32, header.chain, true);
  const seed = checksum(bytes.subarray(0, CHECKSUM_AT), 0);
  view.setUint32(CHECKSUM_AT, seed, true);
  return { bytes, seed };
}

/** Reads the header of a segment that its name says is `sequence`; what is wrong with it is returned. */
export function decodeSegmentHeader(
  file: string,
  bytes: Uint8Array,
  sequence: number,
): SegmentHeader | StorageDamageError {
  if (bytes.length < SEGMENT_HEADER_BYTES) return new WalTruncatedError(file, bytes.length, SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
    const what = isZero(bytes, 0, SEGMENT_HEADER_BYTES) ? 'its header is all zeros' : 'it is not a segment of a log';
    return new ForeignFileError(file, what);
  }
  const seed = checksum(bytes.subarray(0, CHECKSUM_AT), 0);
  if (view.getUint32(CHECKSUM_AT, true) !== seed) {
    return new WalCorruptError(file, 0, 'the header of the segment does not match its checksum');
  }
  const format = view.getUint32(FORMAT_AT, true);
  if (format !== FORMAT) return new UnknownFormatError(file, FORMAT_AT, format, FORMAT);
  const header = {
    sequence: Number(view.getBigUint64(16, true)),
    bytes: Number(view.getBigUint64(24, true)),
    chain: view.getUint32(32, true),
    seed,
  };
  if (header.sequence !== sequence) return new WalCorruptError(file, 16, `it is segment ${header.sequence}, renamed`);
  if (header.bytes !== bytes.length) return new WalTruncatedError(file, bytes.length, header.bytes);
  return header;
}
