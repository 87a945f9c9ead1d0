import { createHash } from 'node:crypto';
import { encodeEnd, encodeSliceHead, encodeStart, type BackupHeader } from './format.ts';

/**
 * A backup file, piece by piece.
 * @param slices of a snapshot of the state machine
 */
export function* writeBackup(
  header: BackupHeader,
  slices: Iterable<Uint8Array>,
): Generator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  const noted = (bytes: Uint8Array): Uint8Array => {
    hash.update(bytes);
    return bytes;
  };
  yield noted(encodeStart(header));
  let count = 0;
  for (const slice of slices) {
    count += 1;
    yield noted(encodeSliceHead(slice));
    yield noted(slice);
  }
  yield noted(encodeEnd(count));
  yield hash.digest();
}
