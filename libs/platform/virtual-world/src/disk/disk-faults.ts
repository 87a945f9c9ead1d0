import type { Delay } from '../delay.ts';

export interface DiskTimes {
  /** Reading, writing, opening, naming. */
  readonly operation: Delay;
  readonly sync: Delay;
}

/** A good local SSD: writes go to the page cache; a sync is a flush, now and then behind somebody else's. */
export const SSD_TIMES: DiskTimes = {
  operation: { minMs: 0.01, maxMs: 0.05, tailChance: 0, tailMaxMs: 0 },
  sync: { minMs: 0.2, maxMs: 1, tailChance: 0.01, tailMaxMs: 50 },
};

/** What can be wrong with a drive while it runs. */
export interface DiskFaults {
  /** Everything takes this many times as long. */
  readonly slowness: number;
  /** Nothing completes until this is over; then everything does. */
  readonly isHung: boolean;
  /** The share of syncs, of files and folders, that fail with EIO: of a file, its pages then count as clean and may be lost. */
  readonly syncFailureChance: number;
  /** Bytes in files. What would exceed it is written as far as it goes, then ENOSPC. A file is not created at all when it is reached. */
  readonly capacityBytes: number;
}

export const HEALTHY: DiskFaults = {
  slowness: 1,
  isHung: false,
  syncFailureChance: 0,
  capacityBytes: Number.POSITIVE_INFINITY,
};
