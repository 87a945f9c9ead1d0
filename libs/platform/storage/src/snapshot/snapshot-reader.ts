import { createHash } from 'node:crypto';
import { checksum } from '../checksum.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { onDisk, systemCode } from '../disk-errors.ts';
import { SnapshotAbsentError, SnapshotCorruptError } from './errors.ts';
import {
  decodeFooter,
  decodePartHeader,
  FOOTER_BYTES,
  HEADER_BYTES,
  headerChecksum,
  headerDamage,
  isFooter,
  PART_HEADER_BYTES,
  snapshotName,
  type Part,
} from './format.ts';
import { METADATA_BYTES_MAX, SLICE_BYTES_MAX } from './limits.ts';

/** Reads a snapshot from its first byte to its last, and returns nothing that it has not checked: `begin`, then `slice` until the end. */
export class SnapshotReader implements AsyncDisposable {
  private readonly file: DiskFile;
  private readonly path: string;
  private readonly hash = createHash('sha256');
  private position = 0;
  private chain = 0;
  private slices = 0;
  private sliceBytes = 0;

  private constructor(file: DiskFile, path: string) {
    this.file = file;
    this.path = path;
  }

  static async open(disk: Disk, folder: string, index: number): Promise<SnapshotReader> {
    const path = `${folder}/${snapshotName(index)}`;
    const opening = disk.open(path, 'read').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    const file = await onDisk('open', path, opening);
    if (file === undefined) throw new SnapshotAbsentError(folder, index);
    return new SnapshotReader(file, path);
  }

  /** @returns the metadata */
  async begin(index: number): Promise<Uint8Array> {
    const header = await this.read(HEADER_BYTES);
    const damage = headerDamage(this.path, header, index);
    if (damage !== undefined) throw damage;
    this.chain = headerChecksum(header);
    this.take(header);
    return this.part('metadata', await this.read(PART_HEADER_BYTES));
  }

  /** @returns undefined at the end, once the footer agrees with all that was read */
  async slice(): Promise<Uint8Array | undefined> {
    const head = await this.read(PART_HEADER_BYTES);
    if (isFooter(head)) {
      await this.end();
      return undefined;
    }
    const slice = await this.part('slice', head);
    this.slices += 1;
    this.sliceBytes += slice.length;
    return slice;
  }

  /** Of what was read so far. */
  get content(): { readonly slices: number; readonly bytes: number } {
    return { slices: this.slices, bytes: this.sliceBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await onDisk('close', this.path, this.file.close());
  }

  private async part(part: Part, head: Uint8Array): Promise<Uint8Array> {
    if (head.length === 0) throw this.corrupt('it ends before its footer');
    const header = decodePartHeader(head, this.chain);
    const max = part === 'slice' ? SLICE_BYTES_MAX : METADATA_BYTES_MAX;
    if (header?.part !== part || header.bytes > max) throw this.corrupt(`here begins no ${part}`);
    const data = await this.read(header.bytes, PART_HEADER_BYTES);
    if (data.length < header.bytes) throw this.corrupt(`it ends within the ${part} that begins here`);
    if (checksum(data, this.chain) !== header.checksum) {
      throw this.corrupt(`the ${part} that begins here does not match its checksum`);
    }
    this.chain = header.checksum;
    this.take(head);
    this.take(data);
    return data;
  }

  private async end(): Promise<void> {
    // One byte more than it should have.
    const footer = decodeFooter(await this.read(FOOTER_BYTES + 1), this.chain);
    if (footer === undefined) throw this.corrupt('the footer does not match its checksum, or does not end the file');
    const agrees =
      footer.slices === this.slices &&
      footer.bytes === this.sliceBytes &&
      Buffer.compare(footer.sha256, this.hash.digest()) === 0;
    if (!agrees) throw this.corrupt('the footer is of other slices');
  }

  private read(length: number, ahead = 0): Promise<Uint8Array> {
    return onDisk('read', this.path, this.file.read(this.position + ahead, length));
  }

  private take(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.position += bytes.length;
  }

  private corrupt(what: string): SnapshotCorruptError {
    return new SnapshotCorruptError(this.path, this.position, what);
  }
}
