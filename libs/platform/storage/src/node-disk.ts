import { constants, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './disk-errors.ts';
import type { Disk, DiskFile, OpenMode } from './disk.ts';

/** Elsewhere a sync has to be asked for: Windows has no such flag, and that of macOS leaves the cache of the drive as it is. */
const HAS_DURABLE_WRITES = process.platform === 'linux';

const FLAGS = {
  create: 'wx+',
  read: 'r',
  'read-write': 'r+',
  durable: HAS_DURABLE_WRITES ? constants.O_RDWR | constants.O_DSYNC : 'r+',
} as const satisfies Record<OpenMode, string | number>;

/** The file system of this machine. */
export const nodeDisk: Disk = {
  open: async (path, mode) => new NodeFile(await open(path, FLAGS[mode]), mode === 'durable' && !HAS_DURABLE_WRITES),
  list: async (folder) => (await readdir(folder)).sort(),
  makeFolder,
  rename,
  remove: async (path) => {
    await rm(path);
  },
  syncFolder: async (folder) => {
    // Windows opens no folder as a file, and NTFS keeps names in its journal.
    if (process.platform === 'win32') return;
    await using handle = await open(folder, 'r');
    await handle.sync();
  },
};

/** Not `recursive`: on a read-only disk Node then says that the folder above is missing. */
async function makeFolder(folder: string): Promise<void> {
  const above = dirname(folder);
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    if (systemCode(error) !== 'ENOENT' || above === folder) throw error;
    await makeFolder(above);
    await makeFolder(folder);
  }
}

class NodeFile implements DiskFile {
  private readonly handle: FileHandle;
  private readonly syncsWrites: boolean;

  constructor(handle: FileHandle, syncsWrites: boolean) {
    this.handle = handle;
    this.syncsWrites = syncsWrites;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(bytes, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  async write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    let rest = chunks.filter(({ length }) => length > 0);
    let at = position;
    while (rest.length > 0) {
      const { bytesWritten } = await this.handle.writev(rest, at);
      at += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
    if (this.syncsWrites) await this.handle.datasync();
  }

  async syncData(): Promise<void> {
    await this.handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What is left of the chunks when so many bytes of them are written: a system may take fewer than it is given. */
export function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}
