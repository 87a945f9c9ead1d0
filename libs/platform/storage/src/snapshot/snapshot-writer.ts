import { createHash } from 'node:crypto';
import type { DiskFile } from '../disk.ts';
import { onDisk } from '../disk-errors.ts';
import { SnapshotPartTooLargeError } from './errors.ts';
import { encodeFooter, encodeHeader, encodePartHeader, headerChecksum, type Part } from './format.ts';
import { METADATA_BYTES_MAX, SLICE_BYTES_MAX, UNSYNCED_BYTES_MAX } from './limits.ts';

/** Writes a snapshot from its first byte to its last: `begin`, `slice` any number of times, `end`. */
export class SnapshotWriter {
  private readonly file: DiskFile;
  private readonly path: string;
  private readonly hash = createHash('sha256');
  private position = 0;
  private unsynced = 0;
  private chain = 0;
  private slices = 0;
  private sliceBytes = 0;

  constructor(file: DiskFile, path: string) {
    this.file = file;
    this.path = path;
  }

  async begin(index: number, metadata: Uint8Array): Promise<void> {
    if (metadata.length > METADATA_BYTES_MAX) {
      throw new SnapshotPartTooLargeError('metadata', metadata.length, METADATA_BYTES_MAX);
    }
    const header = encodeHeader(index);
    this.chain = headerChecksum(header);
    await this.write([header]);
    await this.part('metadata', metadata);
  }

  async slice(slice: Uint8Array): Promise<void> {
    if (slice.length > SLICE_BYTES_MAX) throw new SnapshotPartTooLargeError('slice', slice.length, SLICE_BYTES_MAX);
    await this.part('slice', slice);
    this.slices += 1;
    this.sliceBytes += slice.length;
  }

  /** Afterwards all of it is durable; its name is the caller's. */
  async end(): Promise<{ readonly slices: number; readonly bytes: number }> {
    const content = { slices: this.slices, bytes: this.sliceBytes };
    const footer = encodeFooter({ ...content, sha256: this.hash.digest() }, this.chain);
    await onDisk('write', this.path, this.file.write(this.position, [footer]));
    await onDisk('sync', this.path, this.file.syncData());
    return content;
  }

  private async part(part: Part, data: Uint8Array): Promise<void> {
    const { bytes, chain } = encodePartHeader(part, data, this.chain);
    this.chain = chain;
    await this.write([bytes, data]);
  }

  private async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) this.hash.update(chunk);
    await onDisk('write', this.path, this.file.write(this.position, chunks));
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    this.position += bytes;
    this.unsynced += bytes;
    if (this.unsynced < UNSYNCED_BYTES_MAX) return;
    await onDisk('sync', this.path, this.file.syncData());
    this.unsynced = 0;
  }
}
