import { BackupHeader as WireHeader } from '@portolan/contracts/kv-backup';
import { checkedInteger, epochMillis, type EpochMillis } from '@portolan/kernel';
import { crc32 } from 'node:zlib';
import { incarnation, revision, type Incarnation, type Revision } from '../ids.ts';

/**
 * A backup is, in little-endian order, 16 bytes:
 *
 *     0  8  PTLNBKUP
 *     8  4  format
 *    12  4  bytes of the header that follows, a BackupHeader
 *
 * behind the header 4 bytes, the CRC-32 of all that is before them; then each slice of the state behind 8 bytes:
 *
 *     0  4  bytes
 *     4  4  CRC-32 of the slice
 *
 * and at the end
 *
 *     0  8  zero: no slice
 *     8  8  number of slices
 *    16 32  SHA-256 of all that is before it
 *
 * Every later format keeps the first 12 bytes.
 */
export const BACKUP_FORMAT = 1;
export const MAGIC = Buffer.from('PTLNBKUP', 'latin1');
export const START_BYTES = 16;
export const CHECKSUM_BYTES = 4;
export const SLICE_HEAD_BYTES = 8;
/** The number of slices, behind a head of zeros. */
export const COUNT_BYTES = 8;
export const HASH_BYTES = 32;

/** An incarnation is a short text, all else are numbers. */
export const HEADER_BYTES_MAX = 4_096;

/** Where and when a backup was taken. */
export interface BackupHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly incarnation: Incarnation;
  readonly revision: Revision;
  /** Of the last command that is in it. */
  readonly index: number;
  /** By the member's clock. */
  readonly takenAt: EpochMillis;
}

/** What the file begins with. */
export function encodeStart(header: BackupHeader): Uint8Array {
  const { clusterId, memberId, incarnation, revision, index, takenAt } = header;
  const encoded = WireHeader.encode({
    format: BACKUP_FORMAT,
    clusterId,
    memberId,
    incarnation,
    revision: BigInt(revision),
    index: BigInt(index),
    unixMs: BigInt(Math.floor(takenAt)),
  }).finish();
  const bytes = Buffer.alloc(START_BYTES + encoded.length + CHECKSUM_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(BACKUP_FORMAT, 8);
  bytes.writeUInt32LE(encoded.length, 12);
  bytes.set(encoded, START_BYTES);
  const end = START_BYTES + encoded.length;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/** @throws UnsafeIntegerError and what the generated code throws */
export function decodeHeader(bytes: Uint8Array): BackupHeader {
  const header = WireHeader.decode(bytes);
  return {
    clusterId: header.clusterId,
    memberId: header.memberId,
    incarnation: incarnation(header.incarnation),
    revision: revision(header.revision),
    index: checkedInteger(header.index, 'index'),
    takenAt: epochMillis(checkedInteger(header.unixMs, 'unix_ms')),
  };
}

export function encodeSliceHead(slice: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(SLICE_HEAD_BYTES);
  bytes.writeUInt32LE(slice.length, 0);
  bytes.writeUInt32LE(crc32(slice), 4);
  return bytes;
}

/** What is before the SHA-256. */
export function encodeEnd(slices: number): Uint8Array {
  const bytes = Buffer.alloc(SLICE_HEAD_BYTES + COUNT_BYTES);
  bytes.writeBigUInt64LE(BigInt(slices), SLICE_HEAD_BYTES);
  return bytes;
}
