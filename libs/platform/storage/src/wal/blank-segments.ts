import type { Disk, DiskFile } from '../disk.ts';
import { DiskFullError, onDisk } from '../disk-errors.ts';
import { zeros } from '../zeros.ts';
import { WalClosedError } from './errors.ts';
import { FILL_BYTES } from './limits.ts';
import { unfinishedName } from './segment-format.ts';

/** A file of zeros, all of them on disk, whose writes are durable: it has no place in the log yet. */
export interface BlankSegment {
  readonly path: string;
  readonly file: DiskFile;
  readonly bytes: number;
}

type Prepared = { readonly blank: BlankSegment } | { readonly error: unknown };

/** Makes files for segments, the next one while the log writes the one before: writing to it takes no room and moves no metadata. */
export class BlankSegments implements AsyncDisposable {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly segmentBytes: number;
  private prepared: Promise<Prepared> | undefined;
  private made = 0;
  private closed = false;

  constructor(disk: Disk, folder: string, segmentBytes: number) {
    this.disk = disk;
    this.folder = folder;
    this.segmentBytes = segmentBytes;
  }

  /** Starts to make the next one. How that went is told by `take`. */
  prepare(): void {
    this.prepared ??= this.make(this.segmentBytes).then(
      (blank) => ({ blank }),
      (error: unknown) => ({ error }),
    );
  }

  /**
   * A file of the usual size, or of `bytes` when that is not enough.
   * @throws DiskFullError when there is no room now: it can be asked again
   * @throws DiskError for everything else that the disk refused: then its word is worth nothing any more
   */
  async take(bytes: number): Promise<BlankSegment> {
    if (bytes > this.segmentBytes) return this.make(bytes);
    const prepared = await this.prepared;
    this.prepared = undefined;
    if (prepared === undefined) return this.make(this.segmentBytes);
    if ('blank' in prepared) return prepared.blank;
    // Perhaps there is room by now.
    if (prepared.error instanceof DiskFullError) return this.make(this.segmentBytes);
    throw prepared.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    const prepared = await this.prepared;
    this.prepared = undefined;
    if (prepared === undefined || 'error' in prepared) return;
    await onDisk('close', prepared.blank.path, prepared.blank.file.close());
  }

  private async make(bytes: number): Promise<BlankSegment> {
    this.made += 1;
    const path = `${this.folder}/${unfinishedName(this.made)}`;
    await using undo = new AsyncDisposableStack();
    const blank = await onDisk('make', path, this.disk.open(path, 'create'));
    undo.defer(() => onDisk('remove', path, this.disk.remove(path)));
    await this.fill(path, blank, bytes);
    const file = await onDisk('open', path, this.disk.open(path, 'durable'));
    undo.move();
    return { path, file, bytes };
  }

  private async fill(path: string, file: DiskFile, bytes: number): Promise<void> {
    await using undo = new AsyncDisposableStack();
    undo.defer(() => onDisk('close', path, file.close()));
    for (let at = 0; at < bytes; at += FILL_BYTES) {
      if (this.closed) throw new WalClosedError(this.folder);
      await onDisk('fill', path, file.write(at, zeros(Math.min(FILL_BYTES, bytes - at))));
      await onDisk('sync', path, file.syncData());
    }
  }
}
