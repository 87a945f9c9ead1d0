import { assert } from '@portolan/kernel';
import type { Disk } from '../disk.ts';
import { DiskFullError, onDisk } from '../disk-errors.ts';
import { syncFolder } from '../folder.ts';
import { recordBytes } from './batch-format.ts';
import type { CarriedRecords } from './carried-records.ts';
import { AppendTooLargeError, WalClosedError, WalFailedError, WalOverloadedError } from './errors.ts';
import { APPEND_BYTES_MAX, GROUP_BYTES_MAX, RECORD_BYTES_MAX, WAITING_BYTES_MAX } from './limits.ts';
import type { WalRecord } from './record.ts';
import { segmentName } from './segment-format.ts';
import type { SegmentWriter } from './segment-writer.ts';

/** What the log did since it was opened. */
export interface WalCounters {
  /** Each was one durable write. */
  batches: number;
  records: number;
  /** On disk, without what segments begin with. */
  bytes: number;
}

interface Append {
  readonly records: readonly WalRecord[];
  readonly bytes: number;
  readonly resolve: (segment: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A log of batches; `openWal` opens it. */
export class Wal implements AsyncDisposable {
  private readonly counted: WalCounters = { batches: 0, records: 0, bytes: 0 };
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly writer: SegmentWriter;
  private readonly carried: CarriedRecords;
  private oldest: number;
  private waiting: Append[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private releasing: Promise<void> = Promise.resolve();
  private full: DiskFullError | undefined;
  private failed: WalFailedError | undefined;
  private closing: Promise<void> | undefined;

  /** @param oldest the first segment that is there */
  constructor(disk: Disk, folder: string, writer: SegmentWriter, carried: CarriedRecords, oldest: number) {
    this.disk = disk;
    this.folder = folder;
    this.writer = writer;
    this.carried = carried;
    this.oldest = oldest;
  }

  get counters(): Readonly<WalCounters> {
    return this.counted;
  }

  /** The one that is being written: what is appended from now on is in it or in a later one. */
  get segment(): number {
    return this.writer.sequence;
  }

  /**
   * Hot path: `throughput.long.ts`. Resolves with the segment that holds the records once they are durable. Calls made while the disk is busy, or in one
   * turn of the loop, leave together: one durable write. `records` and their data must not change before.
   * @throws AppendTooLargeError, WalOverloadedError, WalClosedError when nothing of it was written
   * @throws DiskFullError when it takes a new segment and there is no room for one: nothing of it was written, nor of what waited
   * with it or comes in the same turn of the loop, before its caller has heard; then it can be tried again
   * @throws WalFailedError when the disk failed: nobody knows what was written, and this log takes nothing more
   */
  append(records: readonly WalRecord[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const bytes = this.admit(records);
      this.waiting.push({ records, bytes, resolve, reject });
      this.waitingBytes += bytes;
      this.writing ??= this.writeWaiting();
    });
  }

  /**
   * Removes all segments before `segment`, oldest first, but never the one that is being written.
   * @throws DiskError when one can't be removed: it and those after it are still there
   */
  async releaseBefore(segment: number): Promise<void> {
    this.checkOpen();
    const release = this.releasing.then(() => this.release(segment));
    this.releasing = release.catch(() => undefined);
    await release;
  }

  /** Waits for what was asked before, refuses what is asked from now on, writes nothing of its own. */
  [Symbol.asyncDispose](): Promise<void> {
    this.closing ??= this.close();
    return this.closing;
  }

  private async close(): Promise<void> {
    await this.writing;
    await this.releasing;
    await this.writer[Symbol.asyncDispose]();
  }

  /** @returns what the records take, each with its header */
  private admit(records: readonly WalRecord[]): number {
    this.checkOpen();
    if (this.full !== undefined) throw this.full;
    assert(records.length > 0, 'an append has records');
    let bytes = 0;
    for (const record of records) {
      assert(record.type > 0 && record.type < 256 && Number.isInteger(record.type), 'a record type is 1 to 255');
      if (record.data.length > RECORD_BYTES_MAX) throw new AppendTooLargeError(record.data.length, 'record');
      this.carried.check(record);
      bytes += recordBytes(record);
    }
    if (bytes > APPEND_BYTES_MAX) throw new AppendTooLargeError(bytes, 'append');
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > WAITING_BYTES_MAX) {
      throw new WalOverloadedError(this.waitingBytes);
    }
    return bytes;
  }

  private async writeWaiting(): Promise<void> {
    // What else this turn of the loop appends leaves with the first.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.writeGroup();
    this.writing = undefined;
  }

  private async writeGroup(): Promise<void> {
    const { appends, bytes } = this.takeGroup();
    try {
      await this.writer.makeRoom(bytes);
    } catch (error) {
      this.refuse(appends, error instanceof DiskFullError ? this.hold(error) : this.fail(error));
      return;
    }
    const lists = appends.map(({ records }) => records);
    try {
      this.counted.bytes += await this.writer.write(lists, bytes);
    } catch (error) {
      this.refuse(appends, this.fail(error));
      return;
    }
    this.counted.batches += 1;
    const { sequence } = this.writer;
    for (const append of appends) {
      this.counted.records += append.records.length;
      append.resolve(sequence);
    }
  }

  private takeGroup(): { readonly appends: readonly Append[]; readonly bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const append of this.waiting) {
      if (count > 0 && bytes + append.bytes > GROUP_BYTES_MAX) break;
      bytes += append.bytes;
      count += 1;
    }
    this.waitingBytes -= bytes;
    return { appends: this.waiting.splice(0, count), bytes };
  }

  /** What waits behind a refused append may build upon it: it is refused as well. */
  private refuse(appends: readonly Append[], error: unknown): void {
    const refused = [...appends, ...this.waiting];
    this.waiting = [];
    this.waitingBytes = 0;
    for (const append of refused) append.reject(error);
  }

  private hold(error: DiskFullError): DiskFullError {
    this.full = error;
    setImmediate(() => {
      this.full = undefined;
    });
    return error;
  }

  private fail(cause: unknown): WalFailedError {
    this.failed ??= new WalFailedError(this.folder, cause);
    return this.failed;
  }

  private checkOpen(): void {
    if (this.failed !== undefined) throw this.failed;
    if (this.closing !== undefined) throw new WalClosedError(this.folder);
  }

  private async release(segment: number): Promise<void> {
    const end = Math.min(segment, this.segment);
    while (this.oldest < end) {
      if (this.failed !== undefined) throw this.failed;
      const path = `${this.folder}/${segmentName(this.oldest)}`;
      await onDisk('remove', path, this.disk.remove(path));
      this.oldest += 1;
      try {
        // One at a time: of several, a crash could bring back any, and leave a gap.
        await syncFolder(this.disk, this.folder);
      } catch (error) {
        throw this.fail(error);
      }
    }
  }
}
