/**
 * What a store on somebody else's system does otherwise than ours, where users of `KvStore` can live with either. Nothing is left out for
 * it: the contract then says what that store promises instead.
 */
export interface StoreDifferences {
  /** Leases and progress go by a clock that no test can move: times are said in terms of other leases. */
  readonly clock?: 'real';
  /** What a transaction is refused for is of what was before it, puts before reads. */
  readonly refuses?: 'before';
  /** A compaction, and a transaction with a sequence, is noted in the store: it makes a revision where it changes nothing else. */
  readonly notes?: 'make-revisions';
}

/** Revisions that a note makes. */
export function notedRevisions({ notes }: StoreDifferences): number {
  return notes === 'make-revisions' ? 1 : 0;
}
