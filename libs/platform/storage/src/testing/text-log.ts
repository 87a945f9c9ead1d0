import type { Disk } from '../disk.ts';
import { openWal, type OpenedWal, type WalOptions } from '../wal/open-wal.ts';
import type { WalBatch, WalRecord } from '../wal/record.ts';

export const FOLDER = '/data/wal';
/** Of this type, each new segment begins with the newest record. */
export const CARRIED = 9;

export function record(text: string, type = 1): WalRecord {
  return { type, data: Buffer.from(text) };
}

export function carried(text: string): WalRecord {
  return record(text, CARRIED);
}

/** `2: a, b`, `2 carried: 9 vote`: the segment and its records, with their types when these are not 1. */
export function describeBatch({ segment, carried: isCarried, records }: WalBatch): string {
  const texts = records.map(({ type, data }) => `${type === 1 ? '' : `${type} `}${Buffer.from(data).toString()}`);
  return `${segment}${isCarried ? ' carried' : ''}: ${texts.join(', ')}`;
}

/** Opens a log with segments of 4,096 bytes, and says what was in it. */
export async function openTextLog(
  disk: Disk,
  options: Partial<WalOptions> = {},
): Promise<OpenedWal & { readonly batches: readonly string[] }> {
  const batches: string[] = [];
  const opened = await openWal({
    disk,
    folder: FOLDER,
    segmentBytes: 4_096,
    carried: [CARRIED],
    replay: (batch) => {
      batches.push(describeBatch(batch));
    },
    ...options,
  });
  return { ...opened, batches };
}

/** The texts of records of type 1, of batches as they are described, in order. */
export function textsOf(batches: readonly string[]): readonly string[] {
  return batches.flatMap((batch) => batch.replace(/^.*?: /, '').split(', ')).filter((text) => /^[^9 ]/.test(text));
}
