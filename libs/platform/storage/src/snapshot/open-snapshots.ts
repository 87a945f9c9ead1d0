import { assert } from '@portolan/kernel';
import { ForeignFileError } from '../damage.ts';
import type { Disk } from '../disk.ts';
import { onDisk } from '../disk-errors.ts';
import { listFolder, makeFolder, syncFolder } from '../folder.ts';
import { parseName, snapshotName, unfinishedName } from './format.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { untilAborted } from './until-aborted.ts';

export interface SnapshotsOptions {
  readonly disk: Disk;
  /** Absolute, the snapshots' alone; made when it is missing. */
  readonly folder: string;
}

export interface NewSnapshot {
  /** What it contains, in the caller's count: an integer from 0 to 2^53 − 1. One of the same index is replaced. */
  readonly index: number;
  /** At most 1 MiB. */
  readonly metadata: Uint8Array;
  /** At most 4 MiB each; one is asked for when the one before is written, and may use its memory again. */
  readonly slices: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Aborted, `save` rejects with its reason and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

export interface SnapshotContent {
  readonly index: number;
  readonly slices: number;
  /** Of all slices. */
  readonly bytes: number;
}

export interface OpenSnapshot {
  readonly metadata: Uint8Array;
  /** Each checked before it is yielded. Begins anew with every iteration. It throws SnapshotCorruptError also when all slices were good but something is missing at the end. */
  readonly slices: AsyncIterable<Uint8Array>;
}

export interface OpenedSnapshots {
  readonly snapshots: SnapshotStore;
  /** Files that a crash left unfinished, now removed. */
  readonly removed: readonly string[];
}

export interface SnapshotStore {
  /** Resolves when the snapshot is durable; until then nothing has its name, or the one that had it before. */
  save(snapshot: NewSnapshot): Promise<SnapshotContent>;
  /** Newest first; `bytes` of the file. What they contain is not read. */
  list(): Promise<readonly { readonly index: number; readonly bytes: number }[]>;
  /** @throws SnapshotAbsentError, SnapshotCorruptError, UnknownFormatError */
  open(index: number): Promise<OpenSnapshot>;
  /** Reads all of it; throws what `open` and its slices do. */
  verify(index: number): Promise<SnapshotContent>;
  /** Removes the one of `index`, if there is one. */
  remove(index: number): Promise<void>;
  /** Keeps the newest `count`, at least one, and removes the others. @returns whose indexes they are */
  retain(count: number): Promise<readonly number[]>;
}

/**
 * Snapshots in a folder of their own.
 * @throws ForeignFileError when something else is in it
 * @throws DiskError, here and from each method, when the disk refuses
 */
export async function openSnapshots({ disk, folder }: SnapshotsOptions): Promise<OpenedSnapshots> {
  const removed: string[] = [];
  let isEmpty = true;
  for (const name of await listFolder(disk, folder)) {
    const meaning = parseName(name);
    if (meaning === 'foreign') throw new ForeignFileError(`${folder}/${name}`, 'it is no snapshot');
    if (meaning === 'unfinished') removed.push(`${folder}/${name}`);
    else isEmpty = false;
  }
  if (isEmpty) await makeFolder(disk, folder);
  for (const path of removed) await onDisk('remove', path, disk.remove(path));
  // The last rename may be known to this system, but not to its disk.
  await syncFolder(disk, folder);
  return { snapshots: new SnapshotFolder(disk, folder), removed };
}

class SnapshotFolder implements SnapshotStore {
  private readonly disk: Disk;
  private readonly folder: string;
  private begun = 0;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  async save({ index, metadata, slices, signal }: NewSnapshot): Promise<SnapshotContent> {
    assert(Number.isSafeInteger(index) && index >= 0, 'an index is an integer from 0 to 2^53 − 1');
    this.begun += 1;
    const unfinished = `${this.folder}/${unfinishedName(this.begun)}`;
    const content = await this.write(unfinished, { index, metadata, slices: untilAborted(slices, signal) });
    const path = `${this.folder}/${snapshotName(index)}`;
    await onDisk('rename', unfinished, this.disk.rename(unfinished, path));
    await syncFolder(this.disk, this.folder);
    return { index, ...content };
  }

  async list(): Promise<readonly { readonly index: number; readonly bytes: number }[]> {
    const found: { readonly index: number; readonly bytes: number }[] = [];
    for (const index of await this.indexes()) {
      const path = `${this.folder}/${snapshotName(index)}`;
      const file = await onDisk('open', path, this.disk.open(path, 'read'));
      try {
        found.push({ index, bytes: await onDisk('read', path, file.size()) });
      } finally {
        await onDisk('close', path, file.close());
      }
    }
    return found;
  }

  async open(index: number): Promise<OpenSnapshot> {
    const { disk, folder } = this;
    await using reader = await SnapshotReader.open(disk, folder, index);
    const metadata = await reader.begin(index);
    return { metadata, slices: { [Symbol.asyncIterator]: () => readSlices(disk, folder, index) } };
  }

  async verify(index: number): Promise<SnapshotContent> {
    await using reader = await SnapshotReader.open(this.disk, this.folder, index);
    await reader.begin(index);
    while ((await reader.slice()) !== undefined);
    return { index, ...reader.content };
  }

  async remove(index: number): Promise<void> {
    if (!(await this.indexes()).includes(index)) return;
    const path = `${this.folder}/${snapshotName(index)}`;
    await onDisk('remove', path, this.disk.remove(path));
    await syncFolder(this.disk, this.folder);
  }

  async retain(count: number): Promise<readonly number[]> {
    assert(Number.isInteger(count) && count > 0, 'at least one snapshot is kept');
    const surplus = (await this.indexes()).slice(count).reverse();
    for (const index of surplus) {
      const path = `${this.folder}/${snapshotName(index)}`;
      await onDisk('remove', path, this.disk.remove(path));
    }
    if (surplus.length > 0) await syncFolder(this.disk, this.folder);
    return surplus;
  }

  /** Newest first. */
  private async indexes(): Promise<readonly number[]> {
    const names = await onDisk('list', this.folder, this.disk.list(this.folder));
    return names
      .map(parseName)
      .filter((meaning) => typeof meaning === 'number')
      .sort((a, b) => b - a);
  }

  /** Leaves the file whole and durable, or not at all. */
  private async write(
    path: string,
    { index, metadata, slices }: Omit<NewSnapshot, 'signal'>,
  ): Promise<Omit<SnapshotContent, 'index'>> {
    await using undo = new AsyncDisposableStack();
    const file = await onDisk('make', path, this.disk.open(path, 'create'));
    undo.defer(() => onDisk('remove', path, this.disk.remove(path)));
    const closing = undo.use({ [Symbol.asyncDispose]: () => onDisk('close', path, file.close()) });
    const writer = new SnapshotWriter(file, path);
    await writer.begin(index, metadata);
    for await (const slice of slices) await writer.slice(slice);
    const content = await writer.end();
    undo.move();
    await closing[Symbol.asyncDispose]();
    return content;
  }
}

async function* readSlices(disk: Disk, folder: string, index: number): AsyncGenerator<Uint8Array, void, undefined> {
  await using reader = await SnapshotReader.open(disk, folder, index);
  await reader.begin(index);
  for (let slice = await reader.slice(); slice !== undefined; slice = await reader.slice()) yield slice;
}
