import { createHash } from 'node:crypto';

/**
 * SHA-256 over a snapshot, in hex: members that have applied the same entries have the same. Reads all of it at once, which takes a
 * second for a gigabyte; who serves meanwhile feeds a hash of its own, slice by slice.
 */
export function hashSlices(slices: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const slice of slices) hash.update(slice);
  return hash.digest('hex');
}
