import { SnapshotRecord, type SnapshotEnd } from '@portolan/contracts/kv-snapshot';
import { crc32 } from 'node:zlib';
import { MalformedSnapshotError } from '../errors.ts';
import { SNAPSHOT_RECORD_BYTES_MAX } from '../limits.ts';

/** Any but the end. */
export type ContentRecord = Exclude<NonNullable<SnapshotRecord['record']>, { readonly $case: 'end' }>;

const NOTHING: SnapshotRecord = { record: undefined };

/** Of a length, as a varint: enough for the largest record. */
const LENGTH_BYTES_MAX = 4;

/** Finds the records in slices, wherever those are cut, and checks that all of them came as they were written. */
export class SliceReader {
  readonly #onRecord: (record: ContentRecord) => void;
  /** A record's beginning, in pieces: it is put together when there is enough, not with every slice. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #bytesWanted = 1;
  #records = 0;
  #checksum = 0;
  #isEnded = false;

  constructor(onRecord: (record: ContentRecord) => void) {
    this.#onRecord = onRecord;
  }

  /** @throws MalformedSnapshotError, and what `onRecord` throws */
  take(slice: Uint8Array): void {
    if (this.#isEnded && slice.length > 0) throw new MalformedSnapshotError('it goes on after its end');
    this.#pieces.push(slice);
    this.#bytes += slice.length;
    if (this.#bytes < this.#bytesWanted) return;
    const bytes = this.#pieces.length === 1 ? slice : Buffer.concat(this.#pieces);
    const read = this.#readRecords(bytes);
    // A copy: a slice need not outlive this call.
    this.#pieces = read === bytes.length ? [] : [bytes.slice(read)];
    this.#bytes = bytes.length - read;
  }

  /** To be called after the last slice. @throws MalformedSnapshotError */
  end(): void {
    if (!this.#isEnded) throw new MalformedSnapshotError('it breaks off before its end');
  }

  /** @returns how many bytes are whole records */
  #readRecords(bytes: Uint8Array): number {
    let position = 0;
    while (!this.#isEnded) {
      const prefix = lengthAt(bytes, position);
      const start = position + (prefix?.bytes ?? 1);
      const end = start + (prefix?.length ?? 0);
      this.#bytesWanted = end - position;
      if (prefix === undefined || end > bytes.length) break;
      const record = decode(bytes.subarray(start, end));
      if (record.$case === 'end') this.#end(record.value, bytes, position);
      else this.#onRecord(record);
      this.#records += 1;
      position = end;
    }
    if (!this.#isEnded) this.#checksum = crc32(bytes.subarray(0, position), this.#checksum);
    return position;
  }

  #end(value: SnapshotEnd, bytes: Uint8Array, start: number): void {
    if (value.records !== BigInt(this.#records)) {
      throw new MalformedSnapshotError(`it has ${String(this.#records)} records instead of ${String(value.records)}`);
    }
    if (value.checksum !== crc32(bytes.subarray(0, start), this.#checksum)) {
      throw new MalformedSnapshotError('its checksum is of something else');
    }
    // No checksum covers the end itself.
    const written = SnapshotRecord.encode(
      { record: { $case: 'end', value } },
      SnapshotRecord.encode(NOTHING).fork(),
    ).join();
    if (Buffer.compare(written.finish(), bytes.subarray(start)) !== 0) {
      throw new MalformedSnapshotError('it does not end as it should');
    }
    this.#isEnded = true;
  }
}

/** @returns undefined when even the length is not whole */
function lengthAt(
  bytes: Uint8Array,
  position: number,
): { readonly length: number; readonly bytes: number } | undefined {
  let length = 0;
  for (let index = 0; index < LENGTH_BYTES_MAX; index += 1) {
    const byte = bytes[position + index];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * index);
    if (byte >= 0x80) continue;
    if (length > SNAPSHOT_RECORD_BYTES_MAX) break;
    return { length, bytes: index + 1 };
  }
  throw new MalformedSnapshotError(`it has a record of more than ${String(SNAPSHOT_RECORD_BYTES_MAX)} bytes`);
}

function decode(bytes: Uint8Array): NonNullable<SnapshotRecord['record']> {
  const record = decodeProto(bytes);
  if (record === undefined) throw new MalformedSnapshotError('it has a record of an unknown kind');
  return record;
}

function decodeProto(bytes: Uint8Array): SnapshotRecord['record'] {
  try {
    return SnapshotRecord.decode(bytes).record;
  } catch (error) {
    throw new MalformedSnapshotError('one of its records is not whole', error);
  }
}
