import type { Hash } from 'node:crypto';

/**
 * What a backup has behind it in a file that etcd's clients have saved: zeros up to whole pages, how long the backup is (8 bytes, little
 * endian), and the SHA-256 of all that is before. Those clients take nothing for whole that is made otherwise.
 */
const PAGE_BYTES = 512;
const LENGTH_BYTES = 8;
const HASH_BYTES = 32;
export const SEAL_BYTES_MAX = PAGE_BYTES - 1 + LENGTH_BYTES + HASH_BYTES;

/**
 * @param seal all that is behind the backup
 * @param length of the backup
 * @param hash of the backup; it is used up
 */
export function isEtcdSeal(seal: Buffer, length: number, hash: Hash): boolean {
  const padding = seal.length - LENGTH_BYTES - HASH_BYTES;
  if (padding < 0 || padding >= PAGE_BYTES || (length + padding + LENGTH_BYTES) % PAGE_BYTES !== 0) return false;
  if (seal.subarray(0, padding).some((byte) => byte !== 0)) return false;
  if (seal.readBigUInt64LE(padding) !== BigInt(length)) return false;
  const digest = hash.update(seal.subarray(0, padding + LENGTH_BYTES)).digest();
  return digest.equals(seal.subarray(-HASH_BYTES));
}
