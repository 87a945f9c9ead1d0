import { SnapshotRecord } from '@portolan/contracts/kv-snapshot';
import { assert } from '@portolan/kernel';
import { crc32 } from 'node:zlib';
import { SNAPSHOT_SLICE_BYTES, SNAPSHOT_SLICE_BYTES_MAX } from '../limits.ts';

export type Slices = Generator<Uint8Array, void, undefined>;

type Writer = ReturnType<typeof SnapshotRecord.encode>;

/** What a record takes beside keys and values, about. */
const RECORD_OVERHEAD_BYTES = 48;

/** Gathers records until there are enough for a slice. */
export class SliceWriter {
  /** One for all slices; finishing leaves it empty, with the room it has. */
  readonly #writer: Writer = SnapshotRecord.encode({ record: undefined });
  #gathered = 0;
  #records = 0;
  #checksum = 0;

  /**
   * Hot path: once per key.
   * @param bytes of keys and values in it
   */
  write(record: SnapshotRecord['record'], bytes: number): void {
    SnapshotRecord.encode({ record }, this.#writer.fork()).join();
    this.#records += 1;
    this.#gathered += RECORD_OVERHEAD_BYTES + bytes;
  }

  /** Enough has been gathered for a slice. */
  get isDue(): boolean {
    return this.#gathered >= SNAPSHOT_SLICE_BYTES;
  }

  /** What was gathered: several slices when one record is larger than a slice may be. */
  *take(): Slices {
    this.#gathered = 0;
    const bytes = this.#writer.finish();
    this.#checksum = crc32(bytes, this.#checksum);
    for (let start = 0; start < bytes.length; start += SNAPSHOT_SLICE_BYTES_MAX) {
      yield bytes.subarray(start, start + SNAPSHOT_SLICE_BYTES_MAX);
    }
  }

  /** The last slice: everything else has been taken. */
  *end(): Slices {
    assert(this.#gathered === 0, 'the end comes after everything else');
    this.write({ $case: 'end', value: { records: BigInt(this.#records), checksum: this.#checksum } }, 0);
    yield* this.take();
  }
}
