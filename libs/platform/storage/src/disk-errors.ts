import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** What the disk refused: its `path`, and the system's error as `cause`. */
export abstract class DiskError extends PortolanError {
  readonly path: string;

  constructor(message: string, path: string, fix: string, cause: unknown) {
    super(message, { fix, context: { path }, cause });
    this.path = path;
  }
}

/** The disk, or the quota on it, is full. */
export class DiskFullError extends DiskError {
  readonly code = 'STORAGE_DISK_FULL';
  readonly kind: ErrorKind = 'exhausted';

  constructor(doing: string, path: string, cause: unknown) {
    super(`no room to ${doing} ${path}`, path, 'free space on that disk or enlarge it, then try again', cause);
  }
}

/** A folder or file that must be read or written is not ours to read or write, or its file system is read-only. */
export class DiskDeniedError extends DiskError {
  readonly code = 'STORAGE_DISK_DENIED';
  readonly kind: ErrorKind = 'precondition';

  constructor(doing: string, path: string, cause: unknown) {
    const fix = 'let the user of this process read and write that folder, on a file system that is mounted to write';
    super(`not allowed to ${doing} ${path}`, path, fix, cause);
  }
}

/** The system could not read or write; its error is the cause. */
export class DiskFailedError extends DiskError {
  readonly code = 'STORAGE_DISK_FAILED';
  readonly kind: ErrorKind = 'internal';

  constructor(doing: string, path: string, cause: unknown) {
    super(`cannot ${doing} ${path}: ${systemCode(cause) ?? String(cause)}`, path, FIX, cause);
  }
}

const FIX = 'look into the log of the system for what its disk says; replace the disk when it fails again';

/** `ENOSPC`, `EIO`, …: the system's word for what went wrong. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Waits for the disk and names what it was asked to do when it refuses.
 * @param doing an infinitive: `write`, `make`
 */
export async function onDisk<Result>(doing: string, path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    throw diskError(doing, path, cause);
  }
}

function diskError(doing: string, path: string, cause: unknown): DiskError {
  switch (systemCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskFullError(doing, path, cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DiskDeniedError(doing, path, cause);
    default:
      return new DiskFailedError(doing, path, cause);
  }
}
