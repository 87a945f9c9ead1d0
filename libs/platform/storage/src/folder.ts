import type { Disk } from './disk.ts';
import { onDisk, systemCode } from './disk-errors.ts';

/** A folder's names, sorted; undefined when there is no such folder. */
export async function listFolder(disk: Disk, folder: string): Promise<readonly string[] | undefined> {
  const listing = disk.list(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  return onDisk('list', folder, listing);
}

/** Makes a folder and those above it that are missing, so that all of them survive a crash. */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  const missing: string[] = [];
  for (let above = folder; above !== '/' && (await listFolder(disk, above)) === undefined; above = parentOf(above)) {
    missing.push(above);
  }
  await onDisk('make', folder, disk.makeFolder(folder));
  for (const made of missing.reverse()) await syncFolder(disk, parentOf(made));
}

export async function syncFolder(disk: Disk, folder: string): Promise<void> {
  await onDisk('sync', folder, disk.syncFolder(folder));
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
