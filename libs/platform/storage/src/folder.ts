import type { Disk } from './disk.ts';
import { DiskDeniedError, onDisk, systemCode } from './disk-errors.ts';

/** A folder's names, sorted; none when there is no such folder. */
export async function listFolder(disk: Disk, folder: string): Promise<readonly string[]> {
  const listing = disk.list(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return onDisk('list', folder, listing);
}

/**
 * Makes a folder and those above it, as far as they are missing, so that all of them survive a crash. To be called as long as nothing
 * in it counts: a process may have died after it made the folder and before it was durable.
 */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  await onDisk('make', folder, disk.makeFolder(folder));
  for (let made = folder; made !== '/'; made = parentOf(made)) {
    const above = parentOf(made);
    try {
      await syncFolder(disk, above);
    } catch (error) {
      // Whoever may not read it has not made anything in it, nor above it.
      if (error instanceof DiskDeniedError) return;
      throw error;
    }
  }
}

export async function syncFolder(disk: Disk, folder: string): Promise<void> {
  await onDisk('sync', folder, disk.syncFolder(folder));
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
