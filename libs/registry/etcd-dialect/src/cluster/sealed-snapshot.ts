import { createHash } from 'node:crypto';

/** etcd's files are made of pages, and a digest behind them is seen by its 32 bytes too many. */
const PAGE_BYTES = 512;
const LENGTH_BYTES = 8;

/**
 * A backup as etcd's clients check it: whole pages, then the SHA-256 of them. The last 8 bytes before it say how long the backup
 * itself is (little endian), so that zeros between them can be told from it.
 */
export async function* sealedSnapshot(slices: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const slice of slices) {
    hash.update(slice);
    bytes += slice.length;
    yield Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength);
  }
  const padding = (PAGE_BYTES - ((bytes + LENGTH_BYTES) % PAGE_BYTES)) % PAGE_BYTES;
  const tail = Buffer.alloc(padding + LENGTH_BYTES);
  tail.writeBigUInt64LE(BigInt(bytes), padding);
  hash.update(tail);
  yield Buffer.concat([tail, hash.digest()]);
}
