import type { Disk, DiskFile, OpenMode } from '../disk.ts';
import { SECTOR_BYTES } from '../zeros.ts';

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as a test wants it`), { code });
}

interface Stored {
  /** The name it has now. */
  path: string;
  /** What a process reads. */
  cached: Uint8Array;
  /** What a crash leaves. */
  durable: Uint8Array;
  /** Sectors that the next sync writes. */
  readonly dirty: Set<number>;
}

export interface DiskCall {
  readonly call:
    'open' | 'list' | 'makeFolder' | 'rename' | 'remove' | 'syncFolder' | 'read' | 'write' | 'sync' | 'size' | 'close';
  readonly path: string;
}

/** A disk in memory, folders left out, that tests break: in the middle of a call, and at a crash. */
export class BrokenDisk implements Disk {
  /** Before each call: what it throws, the call rejects with; what it waits for, the call does. */
  before: (call: DiskCall) => Promise<void> | void = () => undefined;
  readonly calls: DiskCall[] = [];
  private files = new Map<string, Stored>();
  private durableNames = new Map<string, Stored>();
  private readonly folders = new Set<string>(['/']);
  private opened = 0;

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.opened;
  }

  /** Another disk with the same on it, all of it durable. */
  copy(): BrokenDisk {
    const copy = this.withFolders();
    for (const [path, { cached }] of this.files) copy.put(path, cached);
    return copy;
  }

  contents(path: string): Uint8Array {
    return this.stored(path).cached;
  }

  put(path: string, bytes: Uint8Array): void {
    const stored = { path, cached: Uint8Array.from(bytes), durable: Uint8Array.from(bytes), dirty: new Set<number>() };
    this.files.set(path, stored);
    this.durableNames.set(path, stored);
  }

  delete(path: string): void {
    this.files.delete(path);
    this.durableNames.delete(path);
  }

  /** The process is gone, the system is not: this disk answers nothing any more, the other has what the system shows. */
  kill(): BrokenDisk {
    this.stop();
    const left = this.withFolders();
    const moved = new Map<Stored, Stored>();
    const move = (stored: Stored): Stored => {
      const { path, cached, durable, dirty } = stored;
      const twin = moved.get(stored) ?? {
        path,
        cached: cached.slice(),
        durable: durable.slice(),
        dirty: new Set(dirty),
      };
      moved.set(stored, twin);
      return twin;
    };
    for (const [path, stored] of this.files) left.files.set(path, move(stored));
    for (const [path, stored] of this.durableNames) left.durableNames.set(path, move(stored));
    return left;
  }

  /**
   * The power fails: this disk answers nothing any more, the other has what is left.
   * @param survives whether something that was not synced is there all the same
   */
  crash(survives: () => boolean): BrokenDisk {
    this.stop();
    const left = this.withFolders();
    const names = new Map(this.durableNames);
    for (const [path, stored] of this.files) if (names.get(path) !== stored && survives()) names.set(path, stored);
    for (const path of this.durableNames.keys()) if (!this.files.has(path) && survives()) names.delete(path);
    for (const [path, stored] of names) left.put(path, afterCrash(stored, survives));
    return left;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    await this.enter('open', path);
    if (mode === 'create') {
      if (this.files.has(path)) throw systemError('EEXIST');
      this.files.set(path, { path, cached: new Uint8Array(0), durable: new Uint8Array(0), dirty: new Set() });
    }
    const stored = this.stored(path);
    this.opened += 1;
    return this.file(stored, mode);
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.enter('list', folder);
    if (!this.folders.has(folder)) throw systemError('ENOENT');
    const within = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return within.map((path) => path.slice(folder.length + 1)).sort();
  }

  async makeFolder(folder: string): Promise<void> {
    await this.enter('makeFolder', folder);
    for (let at = folder.length; at > 0; at = folder.lastIndexOf('/', at - 1)) this.folders.add(folder.slice(0, at));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.enter('rename', to);
    const stored = this.stored(from);
    this.files.delete(from);
    this.files.set(to, stored);
    stored.path = to;
  }

  async remove(path: string): Promise<void> {
    await this.enter('remove', path);
    this.stored(path);
    this.files.delete(path);
  }

  async syncFolder(folder: string): Promise<void> {
    await this.enter('syncFolder', folder);
    this.durableNames = new Map(this.files);
  }

  private file(stored: Stored, mode: OpenMode): DiskFile {
    const syncData = async (): Promise<void> => {
      try {
        await this.enter('sync', stored.path);
        writeDirty(stored);
      } finally {
        // As on Linux: what could not be written counts as clean, and no later sync tries it again.
        stored.dirty.clear();
      }
    };
    return {
      read: async (position, length) => {
        await this.enter('read', stored.path);
        return stored.cached.slice(position, position + length);
      },
      write: async (position, chunks) => {
        const bytes = Buffer.concat(chunks);
        await this.enter('write', stored.path);
        stored.cached = grown(stored.cached, position + bytes.length);
        stored.cached.set(bytes, position);
        const end = (position + bytes.length) / SECTOR_BYTES;
        for (let sector = Math.floor(position / SECTOR_BYTES); sector < end; sector += 1) stored.dirty.add(sector);
        if (mode === 'durable') await syncData();
      },
      syncData,
      size: async () => {
        await this.enter('size', stored.path);
        return stored.cached.length;
      },
      close: async () => {
        this.opened -= 1;
        await this.enter('close', stored.path);
      },
    };
  }

  private withFolders(): BrokenDisk {
    const other = new BrokenDisk();
    for (const folder of this.folders) other.folders.add(folder);
    return other;
  }

  private stop(): void {
    this.before = () => new Promise(() => undefined);
  }

  private async enter(call: DiskCall['call'], path: string): Promise<void> {
    this.calls.push({ call, path });
    await this.before({ call, path });
  }

  private stored(path: string): Stored {
    const stored = this.files.get(path);
    if (stored === undefined) throw systemError('ENOENT');
    return stored;
  }
}

function writeDirty(stored: Stored, survives: () => boolean = () => true): void {
  const { cached, dirty } = stored;
  const durable = grown(stored.durable, cached.length);
  for (const sector of dirty) {
    const at = sector * SECTOR_BYTES;
    if (survives()) durable.set(cached.subarray(at, at + SECTOR_BYTES), at);
  }
  stored.durable = durable;
}

/** Each sector that was not synced is there or is not; and so is what the file grew by, as zeros at least. */
function afterCrash(stored: Stored, survives: () => boolean): Uint8Array {
  const left = { ...stored, durable: stored.durable.slice() };
  if (left.cached.length === left.durable.length || survives()) writeDirty(left, survives);
  return left.durable;
}

/** At least so long, with zeros at the end: in the same memory, as long as it has room. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  if (length <= bytes.buffer.byteLength) return new Uint8Array(bytes.buffer, 0, length);
  const memory = new Uint8Array(length > GROWS_FROM ? 2 * length : length);
  memory.set(bytes);
  return memory.subarray(0, length);
}

/** Files that are longer grow further. */
const GROWS_FROM = 64 * 1024;
