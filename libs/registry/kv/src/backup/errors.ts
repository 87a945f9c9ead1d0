import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The file is no backup, or not all of one, or not as it was written. */
export class BackupDamagedError extends PortolanError {
  readonly code = 'KV_BACKUP_DAMAGED';
  readonly kind: ErrorKind = 'invalid';
  readonly file: string;
  /** Of the first byte that is wrong, or of what it belongs to. */
  readonly offset: number;

  constructor(file: string, offset: number, what: string, cause?: unknown) {
    super(`${file}, byte ${String(offset)}: ${what}`, {
      fix: 'take another copy of this backup, or the backup before it: nothing of a damaged one is restored',
      context: { file, offset },
      cause,
    });
    this.file = file;
    this.offset = offset;
  }
}

/** A later version wrote it. */
export class UnknownBackupError extends PortolanError {
  readonly code = 'KV_UNKNOWN_BACKUP';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(file: string, format: number, known: number) {
    super(`${file} is a backup of format ${String(format)}, and this version reads ${String(known)}`, {
      fix: 'restore it with the version of Portolan that wrote it, or a newer one',
      context: { file, format, known },
    });
  }
}

/** The disk, or who gives the file, refuses. */
export class BackupFileError extends PortolanError {
  readonly code = 'KV_BACKUP_FILE';
  readonly kind: ErrorKind = 'precondition';

  constructor(doing: 'read' | 'write' | 'list', path: string, cause: unknown) {
    super(`cannot ${doing} ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      fix: 'name a path that this user may use, on a disk with room for a copy of the whole store',
      context: { path },
      cause,
    });
  }
}
