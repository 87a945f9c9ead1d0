import type { Configuration } from './configuration.ts';
import type { LogIndex, Term } from './ids.ts';

/** What a snapshot stands for: the log up to `index`, and the configuration there, without which it could not be continued (§7). */
export interface SnapshotMetadata {
  readonly index: LogIndex;
  /** Of the entry at `index`. */
  readonly term: Term;
  readonly configuration: Configuration;
}
