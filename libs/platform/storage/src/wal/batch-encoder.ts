import { checksum } from '../checksum.ts';
import { BATCH_HEADER_BYTES, batchBytes, countZeroPieces, encodeBatchHeader, encodeRecord } from './batch-format.ts';
import { GROUP_BYTES_MAX } from './limits.ts';
import type { WalRecord } from './record.ts';

/** Where a batch goes, and what it follows. */
export interface BatchPlace {
  readonly offset: number;
  readonly previous: number;
  readonly seed: number;
}

const BYTES_AT_FIRST = 64 * 1024;

/** Frames batches in memory that it uses again: what `encode` returns is valid until the next call. */
export class BatchEncoder {
  private bytes = new Uint8Array(BYTES_AT_FIRST);
  private view = new DataView(this.bytes.buffer);

  /**
   * Hot path: `throughput.long.ts`. Copies each record once, sums all of them in one pass.
   * @param recordsBytes what `lists` take, each record with its header
   */
  encode(
    lists: Iterable<readonly WalRecord[]>,
    recordsBytes: number,
    carried: boolean,
    place: BatchPlace,
  ): { readonly bytes: Uint8Array; readonly checksum: number; readonly records: number } {
    const length = batchBytes(recordsBytes);
    const { bytes, view } = this.room(length);
    let at = BATCH_HEADER_BYTES;
    let records = 0;
    for (const list of lists) {
      for (const record of list) at = encodeRecord(bytes, view, at, record);
      records += list.length;
    }
    bytes.fill(0, at, length);
    const header = {
      carried,
      recordsBytes,
      records,
      previous: place.previous,
      checksum: checksum(bytes.subarray(BATCH_HEADER_BYTES, length), place.previous),
      // What lies in the sector of the header is never zero, but its header is not there yet.
      zeroPieces: 0,
      offset: place.offset,
    };
    encodeBatchHeader(bytes, view, header, place.seed);
    const zeroPieces = countZeroPieces(bytes, 0, length, place.offset);
    if (zeroPieces > 0) encodeBatchHeader(bytes, view, { ...header, zeroPieces }, place.seed);
    return { bytes: bytes.subarray(0, length), checksum: header.checksum, records };
  }

  private room(length: number): { bytes: Uint8Array; view: DataView } {
    if (length > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(length, Math.min(this.bytes.length * 2, GROUP_BYTES_MAX)));
      const view = new DataView(bytes.buffer);
      // A single append may be larger than every group: memory for it alone is not kept.
      if (length > GROUP_BYTES_MAX + BATCH_HEADER_BYTES) return { bytes, view };
      this.bytes = bytes;
      this.view = view;
    }
    return { bytes: this.bytes, view: this.view };
  }
}
