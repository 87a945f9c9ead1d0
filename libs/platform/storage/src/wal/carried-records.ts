import { recordBytes } from './batch-format.ts';
import { AppendTooLargeError } from './errors.ts';
import { CARRIED_RECORD_BYTES_MAX } from './limits.ts';
import type { WalRecord } from './record.ts';

/** The newest durable record of each type that every new segment begins with. */
export class CarriedRecords {
  private readonly isCarried: readonly boolean[];
  private readonly newest = new Map<number, WalRecord>();

  constructor(types: readonly number[]) {
    this.isCarried = Array.from({ length: 256 }, (_, type) => types.includes(type));
  }

  /** @throws AppendTooLargeError when it is larger than what every segment may repeat */
  check({ type, data }: WalRecord): void {
    if (this.isCarried[type] === true && data.length > CARRIED_RECORD_BYTES_MAX) {
      throw new AppendTooLargeError(data.length, 'carried record');
    }
  }

  /** Hot path: once a record. */
  note(records: readonly WalRecord[]): void {
    for (const { type, data } of records) {
      if (this.isCarried[type] === true) this.newest.set(type, { type, data: data.slice() });
    }
  }

  /** In the order of their types. */
  records(): readonly WalRecord[] {
    return [...this.newest.values()].sort((a, b) => a.type - b.type);
  }

  /** Of all of them, with their headers. */
  bytes(): number {
    return this.records().reduce((bytes, record) => bytes + recordBytes(record), 0);
  }
}
