import { assert } from '@portolan/kernel';
import type { Disk, DiskFile } from '../disk.ts';
import { onDisk } from '../disk-errors.ts';
import { syncFolder } from '../folder.ts';
import { roundUp, SECTOR_BYTES } from '../zeros.ts';
import { BatchEncoder } from './batch-encoder.ts';
import { batchBytes } from './batch-format.ts';
import { BlankSegments, type BlankSegment } from './blank-segments.ts';
import type { CarriedRecords } from './carried-records.ts';
import type { WalRecord } from './record.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from './segment-format.ts';

/** Where the next batch goes. */
export interface WalTail {
  readonly file: DiskFile;
  readonly path: string;
  readonly sequence: number;
  /** Of the file. */
  readonly bytes: number;
  readonly seed: number;
  /** Moves with each batch. */
  position: number;
  /** The checksum of the last batch. */
  chain: number;
}

/** Writes one batch after the other, at most one of them not yet durable, and begins the next segment where this one ends. */
export class SegmentWriter implements AsyncDisposable {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly carried: CarriedRecords;
  private readonly blanks: BlankSegments;
  private readonly encoder = new BatchEncoder();
  private tail: WalTail | undefined;
  private next: BlankSegment | undefined;

  /** @param tail undefined when there is no segment yet */
  constructor(disk: Disk, folder: string, segmentBytes: number, carried: CarriedRecords, tail: WalTail | undefined) {
    this.disk = disk;
    this.folder = folder;
    this.carried = carried;
    this.blanks = new BlankSegments(disk, folder, segmentBytes);
    this.tail = tail;
  }

  /** Begins the first segment if there is none, and makes the next one beside what is written from now on. */
  async start(): Promise<void> {
    if (this.tail === undefined) {
      await this.makeRoom(0);
      await this.beginSegment();
    }
    this.blanks.prepare();
  }

  get sequence(): number {
    return this.tail?.sequence ?? 0;
  }

  /**
   * Before each `write`. Nothing of the log changes.
   * @throws DiskFullError when that takes a new segment, and there is no room for one: it can be tried again
   * @throws DiskError when the disk refused something else
   */
  async makeRoom(recordsBytes: number): Promise<void> {
    const length = batchBytes(recordsBytes);
    if (this.tail !== undefined && this.tail.position + length <= this.tail.bytes) return;
    const bytes = SEGMENT_HEADER_BYTES + batchBytes(this.carried.bytes()) + length;
    this.next = await this.blanks.take(roundUp(bytes, SECTOR_BYTES));
  }

  /**
   * Hot path: `throughput.long.ts`. One write, durable when it is done.
   * @param recordsBytes what `lists` take, each record with its header, as given to `makeRoom`
   * @throws DiskError when nobody knows any more what is on disk
   */
  async write(lists: readonly (readonly WalRecord[])[], recordsBytes: number): Promise<number> {
    if (this.next !== undefined) await this.beginSegment();
    const { tail } = this;
    assert(tail !== undefined, 'the first segment is begun at the start');
    const place = { offset: tail.position, previous: tail.chain, seed: tail.seed };
    const batch = this.encoder.encode(lists, recordsBytes, false, place);
    assert(tail.position + batch.bytes.length <= tail.bytes, 'room was made for the batch');
    await onDisk('write', tail.path, tail.file.write(tail.position, [batch.bytes]));
    tail.position += batch.bytes.length;
    tail.chain = batch.checksum;
    for (const list of lists) this.carried.note(list);
    return batch.bytes.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using files = new AsyncDisposableStack();
    files.use(this.blanks);
    for (const { file, path } of [this.tail, this.next].filter((open) => open !== undefined)) {
      files.defer(() => onDisk('close', path, file.close()));
    }
  }

  /** The blank becomes the next segment: whole, with what it carries, and durable before it has its name. */
  private async beginSegment(): Promise<void> {
    const { next: blank, tail: ended } = this;
    assert(blank !== undefined, 'room was made for the segment');
    const sequence = this.sequence + 1;
    const chain = ended?.chain ?? 0;
    const header = encodeSegmentHeader({ sequence, bytes: blank.bytes, chain });
    const place = { offset: SEGMENT_HEADER_BYTES, previous: chain, seed: header.seed };
    const records = this.carried.records();
    const batch = this.encoder.encode([records], this.carried.bytes(), true, place);
    await onDisk('write', blank.path, blank.file.write(0, [header.bytes, batch.bytes]));
    const path = `${this.folder}/${segmentName(sequence)}`;
    await onDisk('rename', blank.path, this.disk.rename(blank.path, path));
    await syncFolder(this.disk, this.folder);
    const position = SEGMENT_HEADER_BYTES + batch.bytes.length;
    this.tail = { ...blank, path, sequence, seed: header.seed, position, chain: batch.checksum };
    this.next = undefined;
    if (ended !== undefined) await onDisk('close', ended.path, ended.file.close());
    this.blanks.prepare();
  }
}
