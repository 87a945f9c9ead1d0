import type { Disk } from '@portolan/storage';
import { PortolanError } from '@portolan/kernel';
import { BackupFileError } from './errors.ts';
import type { BackupHeader } from './format.ts';
import { readBackup, type OpenBackup } from './read-backup.ts';

/** Read at once. */
const CHUNK_BYTES = 1024 ** 2;

/** After the name of a file that is not whole yet. */
export const DRAFT = '.new';

/** What was found to be whole. */
export interface VerifiedBackup {
  readonly header: BackupHeader;
  /** Of the file. */
  readonly bytes: number;
  /** By `etcdctl snapshot save`, say: then more than the backup is in the file. */
  readonly isSavedByEtcd: boolean;
}

/**
 * Resolves when the file is whole, durable and verified; until then nothing has its name, or the one that had it before. After a
 * failure nothing is left behind.
 * @param pieces of a backup, from wherever
 * @throws BackupFileError, BackupDamagedError, and what `pieces` throws
 */
export async function writeBackupFile(
  disk: Disk,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<VerifiedBackup> {
  const draft = `${path}${DRAFT}`;
  await using undo = new AsyncDisposableStack();
  // What a crash or a failure has left is of nobody: the next one takes its place.
  const removeDraft = (): Promise<void> => disk.remove(draft).catch(() => undefined);
  await removeDraft();
  await onDisk('write', draft, async () => {
    const file = await disk.open(draft, 'create');
    undo.defer(removeDraft);
    try {
      let position = 0;
      for await (const piece of pieces) {
        await file.write(position, [piece]);
        position += piece.length;
      }
      await file.syncData();
    } finally {
      await file.close();
    }
  });
  const verified = await verifyBackupFile(disk, draft);
  await onDisk('write', path, async () => {
    await disk.rename(draft, path);
    undo.move();
    await disk.syncFolder(folderOf(path));
  });
  return verified;
}

/** @throws BackupFileError, BackupDamagedError, UnknownBackupError */
export function openBackupFile(disk: Disk, path: string): Promise<OpenBackup> {
  return readBackup(path, chunksOf(disk, path));
}

/** Reads all of it. @throws BackupFileError, BackupDamagedError, UnknownBackupError */
export async function verifyBackupFile(disk: Disk, path: string): Promise<VerifiedBackup> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunksOf(disk, path)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const { header, slices, isSavedByEtcd } = await readBackup(path, counted());
  const iterator = slices[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
  return { header, bytes, isSavedByEtcd: isSavedByEtcd() };
}

async function* chunksOf(disk: Disk, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await onDisk('read', path, () => disk.open(path, 'read'));
  try {
    for (let position = 0; ;) {
      const at = position;
      const chunk = await onDisk('read', path, () => file.read(at, CHUNK_BYTES));
      if (chunk.length === 0) return;
      position += chunk.length;
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function onDisk<Result>(doing: 'read' | 'write', path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // What gives the pieces may have failed, and says so itself.
    if (error instanceof PortolanError || !isSystemError(error)) throw error;
    throw new BackupFileError(doing, path, error);
  }
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
