import { NO_MEMBERS, type Configuration } from '../configuration.ts';
import type { Entry } from '../entry.ts';
import { logIndex, NO_INDEX, NO_TERM } from '../ids.ts';
import type { HardState, Persist } from '../ready.ts';
import type { SnapshotMetadata } from '../snapshot.ts';
import { NOTHING_APPLIED, type State } from './machine.ts';

/** A snapshot with what it is a snapshot of. */
export interface SavedSnapshot {
  readonly metadata: SnapshotMetadata;
  readonly state: State;
}

/** What a crash leaves: what was written, each write as a whole. */
export class Disk {
  hardState: HardState = { term: NO_TERM, vote: undefined, committed: NO_INDEX };
  snapshot: SavedSnapshot;
  /** After the snapshot. */
  entries: readonly Entry[];

  constructor(configuration: Configuration = NO_MEMBERS, entries: readonly Entry[] = []) {
    this.snapshot = { metadata: { index: NO_INDEX, term: NO_TERM, configuration }, state: NOTHING_APPLIED };
    this.entries = entries;
  }

  /** @param installed what `persist` names, if it names a snapshot */
  write(persist: Persist, installed: SavedSnapshot | undefined): void {
    if (installed !== undefined) {
      this.snapshot = installed;
      this.entries = [];
    }
    const [first] = persist.entries;
    if (first !== undefined) {
      const kept = this.entries.filter(({ index }) => index < first.index);
      this.entries = [...kept, ...persist.entries];
    }
    this.hardState = persist.hardState;
  }

  /** A snapshot of the member's own replaces the entries that it holds. */
  compact(snapshot: SavedSnapshot): void {
    this.snapshot = snapshot;
    this.entries = this.entries.filter(({ index }) => index > snapshot.metadata.index);
  }

  /** Whether `entry` would be there after a crash, as an entry or in the snapshot. */
  holds(entry: Entry): boolean {
    const { index } = this.snapshot.metadata;
    return entry.index <= index || this.entries[logIndex(entry.index - index - 1)]?.term === entry.term;
  }
}
