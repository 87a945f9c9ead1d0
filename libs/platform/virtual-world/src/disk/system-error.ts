export type SystemErrorCode =
  'EACCES' | 'EBADF' | 'EEXIST' | 'EINVAL' | 'EIO' | 'EISDIR' | 'ENOENT' | 'ENOSPC' | 'ENOTDIR' | 'ENOTEMPTY';

const MEANINGS: Readonly<Record<SystemErrorCode, string>> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
};

/** What Node's file system rejects with, so that code under test meets what it will meet: `code` and `syscall` are the system's. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly code: SystemErrorCode;
  readonly syscall: string;
  readonly path: string;

  constructor(code: SystemErrorCode, syscall: string, path: string) {
    super(`${code}: ${MEANINGS[code]}, ${syscall} '${path}'`);
    this.code = code;
    this.syscall = syscall;
    this.path = path;
  }
}
