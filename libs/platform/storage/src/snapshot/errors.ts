import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { StorageDamageError } from '../damage.ts';

/** Bytes of a snapshot are not those that were written, or some are missing. */
export class SnapshotCorruptError extends StorageDamageError {
  readonly code = 'STORAGE_SNAPSHOT_CORRUPT';
  readonly kind: ErrorKind = 'internal';

  constructor(file: string, offset: number, what: string) {
    const fix =
      'put a copy from another member in its place, or remove the data folder of this member and let it rejoin the cluster as a new one';
    super(file, offset, what, fix);
  }
}

/** There is no snapshot of that index. */
export class SnapshotAbsentError extends PortolanError {
  readonly code = 'STORAGE_SNAPSHOT_ABSENT';
  readonly kind: ErrorKind = 'not-found';

  constructor(folder: string, index: number) {
    super(`there is no snapshot of index ${index} in ${folder}`, {
      fix: 'list what is there',
      context: { folder, index },
    });
  }
}

/** A slice, or the metadata, is larger than a snapshot takes at once. */
export class SnapshotPartTooLargeError extends PortolanError {
  readonly code = 'STORAGE_SNAPSHOT_PART_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';

  constructor(what: 'slice' | 'metadata', bytes: number, max: number) {
    super(`a ${what} of ${bytes} bytes: a snapshot takes ${max}`, {
      fix: what === 'slice' ? 'give it in smaller slices' : 'keep in the metadata only what describes the slices',
      context: { bytes, max },
    });
  }
}
