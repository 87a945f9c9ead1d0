/** What the log keeps. It knows nothing of what it means. */
export interface WalRecord {
  /** 1 to 255: the caller's. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** What was cut from the end of the log: a batch that a crash left half-written, and whose append therefore never resolved. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A batch as it was found. */
export interface WalBatch {
  readonly segment: number;
  readonly offset: number;
  /** Whether these are the records that a segment begins with: all of them were in a batch before, perhaps in a segment that is gone. */
  readonly carried: boolean;
  /** Yours to keep: they share memory with those of the same batch alone. */
  readonly records: readonly WalRecord[];
}
