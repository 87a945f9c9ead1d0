/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

const ZEROS = Buffer.alloc(1024 * 1024);

export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  // Most that is not zero shows it at once.
  for (let at = start; at < Math.min(start + 32, end); at += 1) if (bytes[at] !== 0) return false;
  for (let at = start + 32; at < end; at += ZEROS.length) {
    const length = Math.min(ZEROS.length, end - at);
    if (Buffer.compare(bytes.subarray(at, at + length), ZEROS.subarray(0, length)) !== 0) return false;
  }
  return true;
}

/** One after the last byte that is not zero; `start` when all are. */
export function endOfContent(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === 0) at -= 1;
  return at;
}

/** So many zeros, in chunks that cost no memory. */
export function zeros(length: number): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let left = length; left > 0; left -= ZEROS.length) chunks.push(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
  return chunks;
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
