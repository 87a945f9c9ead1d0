import { setImmediate as turn } from 'node:timers/promises';
import { allocatedBytes } from './allocation.ts';

export interface Throughput {
  readonly perSecond: number;
  /** By each, on V8's heap. */
  readonly bytesAllocated: number;
}

/**
 * Runs `batch` again and again for so long, each in a turn of its own.
 * @param batch takes long beside a turn, some hundred microseconds; returns how many things it did
 */
export async function throughputOf(batch: () => number, seconds: number): Promise<Throughput> {
  const allocatedBefore = allocatedBytes();
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let count = 0;
  while (performance.now() < until) {
    count += batch();
    await turn();
  }
  const elapsedS = (performance.now() - startedAt) / 1_000;
  return { perSecond: count / elapsedS, bytesAllocated: (allocatedBytes() - allocatedBefore) / count };
}
