import { DatabaseSync } from 'node:sqlite';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { onDisk } from './disk-errors.ts';
import { makeFolder } from './folder.ts';
import { nodeDisk } from './node-disk.ts';

const LOCK_NAME = 'lock';
/** SQLITE_BUSY. */
const BUSY = 5;

/** Another process has this data folder. */
export class FolderInUseError extends PortolanError {
  readonly code = 'STORAGE_FOLDER_IN_USE';
  readonly kind: ErrorKind = 'conflict';

  constructor(folder: string, cause: unknown) {
    super(`another process has ${folder}`, {
      fix: 'end it first, or give this member a data folder of its own',
      context: { folder },
      cause,
    });
  }
}

/**
 * Keeps other processes out of a folder on the real disk, made when it is missing, until it is disposed of or this process ends in
 * any way. Two that write to one log destroy it. The lock is SQLite's, on an empty file `lock`: Node has no other that the system
 * takes back from a process that is killed, and that holds across containers.
 * @throws FolderInUseError, DiskError
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  await makeFolder(nodeDisk, folder);
  const path = `${folder}/${LOCK_NAME}`;
  return onDisk('lock', path, lock(path)).catch((error: unknown) => {
    const cause = error instanceof PortolanError ? error.cause : error;
    throw isBusy(cause) ? new FolderInUseError(folder, cause) : error;
  });
}

async function lock(path: string): Promise<Disposable> {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Never committed: nothing is written, and the lock stays.
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    [Symbol.dispose]: () => {
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === BUSY;
}
