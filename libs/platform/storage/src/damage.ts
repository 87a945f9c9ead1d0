import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** What a file on disk should not be. Nothing is repaired: whoever reads this decides. */
export abstract class StorageDamageError extends PortolanError {
  readonly file: string;
  /** Of the first byte that is wrong, or of what it belongs to. */
  readonly offset: number;

  constructor(file: string, offset: number, what: string, fix: string) {
    super(`${file}, byte ${offset}: ${what}`, { fix, context: { file, offset } });
    this.file = file;
    this.offset = offset;
  }
}

/** A file in a folder of ours that Portolan did not write, or whose first bytes are damaged. */
export class ForeignFileError extends StorageDamageError {
  readonly code = 'STORAGE_FOREIGN_FILE';
  readonly kind: ErrorKind = 'precondition';

  constructor(file: string, what: string) {
    super(file, 0, what, 'move it elsewhere, or give this member a data folder of its own');
  }
}

/** A file in a format that this version does not know. */
export class UnknownFormatError extends StorageDamageError {
  readonly code = 'STORAGE_FORMAT_UNKNOWN';
  readonly kind: ErrorKind = 'unimplemented';
  readonly version: number;

  constructor(file: string, offset: number, version: number, known: number) {
    const fix = 'start the version of Portolan that wrote it, or a newer one';
    super(file, offset, `its format is ${version}, and this version reads ${known}`, fix);
    this.version = version;
  }
}
