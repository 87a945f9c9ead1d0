import { checksum } from '../checksum.ts';
import { ForeignFileError, UnknownFormatError, type StorageDamageError } from '../damage.ts';
import { SnapshotCorruptError } from './errors.ts';

/**
 * A snapshot is, in little-endian order, a header of 64 bytes:
 *
 *     0  8  PTLNSNAP
 *     8  4  format
 *    12  4  zero
 *    16  8  index
 *    24 36  zero
 *    60  4  checksum of the 60 bytes before
 *
 * then the metadata and each slice behind 16 bytes:
 *
 *     0  4  PMET, PSLC
 *     4  4  bytes
 *     8  4  checksum of them, continued from the one before: of the part before, or of the header
 *    12  4  checksum of the 12 bytes before, continued the same way
 *
 * and a footer of 64 bytes, which ends the file:
 *
 *     0  4  PEND
 *     4  4  zero
 *     8  8  number of slices
 *    16  8  bytes of all slices
 *    24 32  SHA-256 of all that is before the footer
 *    56  4  zero
 *    60  4  checksum of the 60 bytes before, continued from the last part's
 *
 * Every later format keeps the first 12 bytes of the header and its last 4.
 */
export const HEADER_BYTES = 64;
export const PART_HEADER_BYTES = 16;
export const FOOTER_BYTES = 64;
const FORMAT = 1;
const FORMAT_AT = 8;
const CHECKSUM_AT = 60;
const MAGIC = Buffer.from('PTLNSNAP', 'latin1');
const PART_MAGICS = { metadata: 0x5445_4d50, slice: 0x434c_5350 } as const;
const FOOTER_MAGIC = 0x444e_4550;

const NAME = /^([0-9a-f]{16})\.snap$/;
const UNFINISHED = /^[0-9]+\.new$/;

export type Part = keyof typeof PART_MAGICS;

export interface PartHeader {
  readonly part: Part;
  readonly bytes: number;
  readonly checksum: number;
}

export interface Footer {
  readonly slices: number;
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

export function snapshotName(index: number): string {
  return `${index.toString(16).padStart(16, '0')}.snap`;
}

export function unfinishedName(count: number): string {
  return `${count}.new`;
}

/** What a name in the folder says: the index of a snapshot, or that it never became one. */
export function parseName(name: string): number | 'unfinished' | 'foreign' {
  if (UNFINISHED.test(name)) return 'unfinished';
  const index = Number.parseInt(NAME.exec(name)?.[1] ?? '', 16);
  return Number.isSafeInteger(index) ? index : 'foreign';
}

/** @returns the header; its checksum is its last four bytes */
export function encodeHeader(index: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint32(FORMAT_AT, FORMAT, true);
  view.setBigUint64(16, BigInt(index), true);
  view.setUint32(CHECKSUM_AT, checksum(bytes.subarray(0, CHECKSUM_AT), 0), true);
  return bytes;
}

/** Where the checksums of what follows continue. */
export function headerChecksum(header: Uint8Array): number {
  return viewOf(header).getUint32(CHECKSUM_AT, true);
}

/** @returns what is wrong with the header of the snapshot that its name says is of `index` */
export function headerDamage(file: string, bytes: Uint8Array, index: number): StorageDamageError | undefined {
  if (bytes.length < HEADER_BYTES) return new SnapshotCorruptError(file, bytes.length, 'it ends within its header');
  if (Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
    return new ForeignFileError(file, 'it is not a snapshot');
  }
  if (headerChecksum(bytes) !== checksum(bytes.subarray(0, CHECKSUM_AT), 0)) {
    return new SnapshotCorruptError(file, 0, 'the header does not match its checksum');
  }
  const format = viewOf(bytes).getUint32(FORMAT_AT, true);
  if (format !== FORMAT) return new UnknownFormatError(file, FORMAT_AT, format, FORMAT);
  const stated = viewOf(bytes).getBigUint64(16, true);
  return stated === BigInt(index)
    ? undefined
    : new SnapshotCorruptError(file, 16, `it is the snapshot of index ${stated}, renamed`);
}

/** @returns the bytes before the part, and the checksum that the next one continues */
export function encodePartHeader(part: Part, data: Uint8Array, previous: number): { bytes: Uint8Array; chain: number } {
  const bytes = new Uint8Array(PART_HEADER_BYTES);
  const view = viewOf(bytes);
  const chain = checksum(data, previous);
  view.setUint32(0, PART_MAGICS[part], true);
  view.setUint32(4, data.length, true);
  view.setUint32(8, chain, true);
  view.setUint32(12, checksum(bytes.subarray(0, 12), previous), true);
  return { bytes, chain };
}

/** @returns undefined when the bytes are not the header of a part that follows `previous` */
export function decodePartHeader(bytes: Uint8Array, previous: number): PartHeader | undefined {
  if (bytes.length < PART_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(12, true) !== checksum(bytes.subarray(0, 12), previous)) return undefined;
  const magic = view.getUint32(0, true);
  const part = magic === PART_MAGICS.metadata ? 'metadata' : magic === PART_MAGICS.slice ? 'slice' : undefined;
  if (part === undefined) return undefined;
  return { part, bytes: view.getUint32(4, true), checksum: view.getUint32(8, true) };
}

export function encodeFooter({ slices, bytes: total, sha256 }: Footer, previous: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, FOOTER_MAGIC, true);
  view.setBigUint64(8, BigInt(slices), true);
  view.setBigUint64(16, BigInt(total), true);
  bytes.set(sha256, 24);
  view.setUint32(CHECKSUM_AT, checksum(bytes.subarray(0, CHECKSUM_AT), previous), true);
  return bytes;
}

/** Whether a footer begins with these bytes, and not a part. */
export function isFooter(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === FOOTER_MAGIC;
}

/** @returns undefined when the bytes are not a footer that follows `previous` */
export function decodeFooter(bytes: Uint8Array, previous: number): Footer | undefined {
  if (bytes.length !== FOOTER_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(CHECKSUM_AT, true) !== checksum(bytes.subarray(0, CHECKSUM_AT), previous)) return undefined;
  return {
    slices: Number(view.getBigUint64(8, true)),
    bytes: Number(view.getBigUint64(16, true)),
    sha256: bytes.subarray(24, 56),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
