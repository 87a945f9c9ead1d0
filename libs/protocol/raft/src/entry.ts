import type { Configuration } from './configuration.ts';
import type { LogIndex, Term } from './ids.ts';
import { ENTRY_OVERHEAD_BYTES } from './limits.ts';

/** What the log holds. Never changed once made: entries are shared between log, messages and `Ready`. */
export type Entry = EmptyEntry | CommandEntry | ConfigurationEntry;

/** The first of each term: only with an entry of its own term can a leader commit those before it (§5.4.2, §8). */
export interface EmptyEntry {
  readonly kind: 'empty';
  readonly index: LogIndex;
  readonly term: Term;
}

export interface CommandEntry {
  readonly kind: 'command';
  readonly index: LogIndex;
  readonly term: Term;
  /** Means nothing to Raft. */
  readonly data: Uint8Array;
}

/** Takes effect where it stands in the log, not when it commits (§6); a truncation takes it back. */
export interface ConfigurationEntry {
  readonly kind: 'configuration';
  readonly index: LogIndex;
  readonly term: Term;
  readonly configuration: Configuration;
  /** For the state machine, such as the addresses of new members. */
  readonly context: Uint8Array;
}

/** As every limit counts it. */
export function entryBytes(entry: Entry): number {
  if (entry.kind === 'command') return ENTRY_OVERHEAD_BYTES + entry.data.length;
  return ENTRY_OVERHEAD_BYTES + (entry.kind === 'configuration' ? entry.context.length : 0);
}
