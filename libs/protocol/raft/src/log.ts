import { assert } from '@portolan/kernel';
import { isMember, type Configuration } from './configuration.ts';
import { entryBytes, type ConfigurationEntry, type Entry } from './entry.ts';
import { logIndex, term, type LogIndex, type MemberId, type Term } from './ids.ts';
import type { SnapshotMetadata } from './snapshot.ts';

/**
 * The entries after the last compaction, in memory, and how far each stage has come:
 * `applied ≤ committed ≤ lastIndex` and `durable ≤ handed ≤ lastIndex`.
 * The log is the only place where entries are added and taken away, so the latest configuration in it is known here too.
 */
export class RaftLog {
  #base: SnapshotMetadata;
  /** `#entries[#head]` is at `#base.index + 1`; what is before it is garbage, cut off in bulk. */
  #entries: Entry[] = [];
  #head = 0;
  /** Configurations in the log, oldest first, the one of the base not included. */
  #configurations: readonly ConfigurationEntry[] = [];
  #committed: LogIndex;
  /** Given to the driver to persist. */
  handed: LogIndex;
  /** Persisted, as the driver has said. */
  durable: LogIndex;
  /** Given to the driver to apply. */
  applied: LogIndex;

  /** @param base what the state machine starts from; all of `entries`, which continue it, are durable */
  constructor(base: SnapshotMetadata, entries: readonly Entry[], committed: LogIndex) {
    this.#base = base;
    this.#committed = base.index;
    this.applied = base.index;
    this.handed = base.index;
    this.durable = base.index;
    this.append(entries);
    this.handed = this.lastIndex;
    this.durable = this.lastIndex;
    this.commitTo(logIndex(Math.max(committed, base.index)));
  }

  /** Of the first entry that is here; one more than `lastIndex` when there is none. */
  get firstIndex(): LogIndex {
    return logIndex(this.#base.index + 1);
  }

  get lastIndex(): LogIndex {
    return logIndex(this.#base.index + this.#entries.length - this.#head);
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#base.term;
  }

  get committed(): LogIndex {
    return this.#committed;
  }

  /** The latest in the log, committed or not (§6). */
  get configuration(): Configuration {
    return this.#configurations.at(-1)?.configuration ?? this.#base.configuration;
  }

  /** Where `configuration` stands. */
  get configurationIndex(): LogIndex {
    return this.#configurations.at(-1)?.index ?? this.#base.index;
  }

  /** The one in force at `index`, which is here. */
  configurationAt(index: LogIndex): Configuration {
    assert(index >= this.#base.index, 'the configuration before the base is compacted');
    return this.#configurations.findLast((entry) => entry.index <= index)?.configuration ?? this.#base.configuration;
  }

  /** A committed configuration that is here has `id`, and a later one, committed too, has not. */
  hasRemoved(id: MemberId): boolean {
    const entries = this.#configurations.filter(({ index }) => index <= this.#committed);
    const committed = [this.#base.configuration, ...entries.map(({ configuration }) => configuration)];
    return committed.some((one) => isMember(one, id)) && !isMember(this.configurationAt(this.#committed), id);
  }

  /** @returns undefined for an entry that is compacted, or not here yet */
  termAt(index: LogIndex): Term | undefined {
    return index === this.#base.index ? this.#base.term : this.entryAt(index)?.term;
  }

  entryAt(index: LogIndex): Entry | undefined {
    const offset = index - this.#base.index - 1;
    return offset < 0 ? undefined : this.#entries[this.#head + offset];
  }

  /**
   * Entries from `first` to `last`, as many as fit into `bytesMax` but at least one.
   * @returns none when `first` > `last`
   */
  slice(first: LogIndex, last: LogIndex, bytesMax: number): readonly Entry[] {
    if (first > last) return [];
    assert(first > this.#base.index, 'entries before the base are compacted');
    assert(last <= this.lastIndex, 'entries after the last are not here');
    const start = this.#head + (first - this.#base.index - 1);
    const stop = start + (last - first) + 1;
    let bytes = 0;
    let end = start;
    for (; end < stop; end += 1) {
      const entry = this.#entries[end];
      if (entry === undefined) break;
      bytes += entryBytes(entry);
      if (bytes > bytesMax && end > start) break;
    }
    return this.#entries.slice(start, end);
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, 'entries follow each other without a gap');
      assert(entry.term >= this.lastTerm, 'terms never fall along the log');
      this.#entries.push(entry);
      if (entry.kind === 'configuration') this.#configurations = [...this.#configurations, entry];
    }
  }

  /** Takes away what conflicts with a leader, from `index` on. The driver's copy is overwritten by what is appended next. */
  truncateFrom(index: LogIndex): void {
    assert(index > this.#committed, 'a committed entry is never taken away (State Machine Safety, §5.4.3)');
    this.#entries.length = this.#head + (index - this.#base.index - 1);
    this.#configurations = this.#configurations.filter((entry) => entry.index < index);
    this.handed = logIndex(Math.min(this.handed, index - 1));
    this.durable = logIndex(Math.min(this.durable, index - 1));
  }

  /** Never moves down. */
  commitTo(index: LogIndex): void {
    if (index <= this.#committed) return;
    assert(index <= this.lastIndex, 'commit index past the log');
    this.#committed = index;
  }

  /** Whether a log that ends with (`lastTerm`, `lastIndex`) has everything that may be committed here (§5.4.1). */
  isUpToDate(lastTerm: Term, lastIndex: LogIndex): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /**
   * The last entry at or before `index` whose term is at most `bound`: where two logs may still agree.
   * It lets one answer skip all that conflicts within a term (§5.3), on the leader's side and on the follower's.
   */
  lastWithTermAtMost(bound: Term, index: LogIndex): { readonly index: LogIndex; readonly term: Term } {
    let at = logIndex(Math.min(index, this.lastIndex));
    for (;;) {
      const found = this.termAt(at);
      // What is compacted is committed, so the logs agree there.
      if (found === undefined) return { index: at, term: term(0) };
      if (found <= bound) return { index: at, term: found };
      at = logIndex(at - 1);
    }
  }

  /** What a snapshot of the state machine at `index` stands for. */
  metadataAt(index: LogIndex): SnapshotMetadata {
    const found = this.termAt(index);
    assert(found !== undefined, 'a snapshot is of entries that are here');
    return { index, term: found, configuration: this.configurationAt(index) };
  }

  /** Forgets the entries up to `index`, which a snapshot holds. */
  compactTo(index: LogIndex): void {
    if (index <= this.#base.index) return;
    assert(index <= this.applied, 'only what is applied is compacted');
    assert(index <= this.durable, 'only what is durable is compacted');
    const base = this.metadataAt(index);
    this.#head += index - this.#base.index;
    this.#base = base;
    this.#configurations = this.#configurations.filter((entry) => entry.index > index);
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Starts anew from a leader's snapshot: what was here is behind it, or conflicts with it. */
  restore(snapshot: SnapshotMetadata): void {
    assert(snapshot.index > this.#committed, 'a snapshot never takes the commit index back');
    this.#base = snapshot;
    this.#entries = [];
    this.#head = 0;
    this.#configurations = [];
    this.#committed = snapshot.index;
    this.handed = snapshot.index;
    this.durable = snapshot.index;
    this.applied = snapshot.index;
  }
}
