import { assert } from '@portolan/kernel';
import type { Disk, DiskFile, OpenMode } from '@portolan/storage';

/**
 * A disk that can't be changed through this: what opens a folder to use it finds what it would find, and repairs nothing. A folder that
 * is missing is an empty one.
 */
export class ReadOnlyDisk implements Disk {
  readonly #disk: Disk;
  readonly #onRead: (path: string, bytes: number) => void;
  readonly #hidden = new Set<string>();

  /** @param onRead is told of everything that was read */
  constructor(disk: Disk, onRead: (path: string, bytes: number) => void) {
    this.#disk = disk;
    this.#onRead = onRead;
  }

  /** From now on there is no such file. */
  hide(path: string): void {
    this.#hidden.add(path);
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    assert(mode === 'read', 'a folder that is inspected is only read');
    const file = await this.#disk.open(path, mode);
    return {
      read: async (position, length) => {
        const bytes = await file.read(position, length);
        this.#onRead(path, bytes.length);
        return bytes;
      },
      write: refuse,
      syncData: refuse,
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = await this.#disk.list(folder).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => !this.#hidden.has(`${folder}/${name}`));
  }

  /** Left as it is. */
  async makeFolder(): Promise<void> {
    await Promise.resolve();
  }

  /** Left where it is. */
  async remove(): Promise<void> {
    await Promise.resolve();
  }

  /** Nothing was changed that could be lost. */
  async syncFolder(): Promise<void> {
    await Promise.resolve();
  }

  async rename(): Promise<never> {
    return refuse();
  }
}

/** `ENOENT`, `EACCES`, …: the system's word for what went wrong. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

async function refuse(): Promise<never> {
  assert(false, 'a folder that is inspected is only read');
}
