import { PortolanError } from '@portolan/kernel';
import {
  NO_INDEX,
  NO_TERM,
  type Configuration,
  type Entry,
  type HardState,
  type LogIndex,
  type Term,
} from '@portolan/raft';
import {
  decodeRecord,
  ForeignLogError,
  LogIncompleteError,
  type Identity,
  type LogRecord,
  type SnapshotMark,
} from '@portolan/raft-driver';
import type { WalBatch, WalRecord } from '@portolan/storage';
import { ContradictoryLogError, DAMAGES_MAX } from './damage.ts';
import type { EntryWindow } from './entry-window.ts';
import { TermRuns } from './term-runs.ts';

/** Where a batch is. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

export interface PlacedError {
  readonly place: Place;
  readonly error: PortolanError;
}

interface PlacedConfiguration {
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

/** Indexes. */
export interface Range {
  readonly first: LogIndex;
  readonly last: LogIndex;
}

/**
 * What a log comes to, by the rules by which a member replays it, and all that is wrong with it; of entries it keeps only where terms and
 * configurations change. Where a member would refuse, it goes on.
 */
export class LogSummary {
  readonly #folder: string;
  readonly #window: EntryWindow;
  readonly #terms = new TermRuns();
  readonly #segments = new Map<number, Range>();
  readonly #errors: PlacedError[] = [];
  #at: Place = { segment: 0, offset: 0 };
  #identity: Identity | undefined = undefined;
  #hardState: HardState = { term: NO_TERM, vote: undefined, committed: NO_INDEX };
  #hardStateAt = this.#at;
  #mark: SnapshotMark = { index: NO_INDEX, term: NO_TERM, origin: 'taken' };
  #markAt = this.#at;
  #range: Range | undefined = undefined;
  #firstAt = this.#at;
  #configurations: PlacedConfiguration[] = [];
  #records = 0;
  #omitted = 0;

  constructor(folder: string, window: EntryWindow) {
    this.#folder = folder;
    this.#window = window;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  /** Of the snapshot that the log goes on from; index 0 when it goes on from nothing. */
  get mark(): SnapshotMark {
    return this.#mark;
  }

  get markAt(): Place {
    return this.#markAt;
  }

  /** undefined when there are no entries. */
  get range(): Range | undefined {
    return this.#range;
  }

  get terms(): { readonly first: Term; readonly last: Term } {
    return { first: this.#terms.first ?? NO_TERM, last: this.#terms.last ?? NO_TERM };
  }

  /** The last one in the log. */
  get configuration(): PlacedConfiguration | undefined {
    return this.#configurations.at(-1);
  }

  /** No record says anything: the member has never started, or its log is gone. */
  get isEmpty(): boolean {
    return this.#records === 0;
  }

  get errors(): readonly PlacedError[] {
    return this.#errors;
  }

  /** Errors past the limit. */
  get omitted(): number {
    return this.#omitted;
  }

  /** The lowest and highest index that a segment has an entry for, also one that was replaced later. */
  entriesOf(segment: number): Range | undefined {
    return this.#segments.get(segment);
  }

  /** @returns undefined for an entry that is not here */
  termAt(index: LogIndex): Term | undefined {
    const range = this.#range;
    return range === undefined || index < range.first || index > range.last ? undefined : this.#terms.at(index);
  }

  take({ segment, offset, carried, records }: WalBatch): void {
    this.#at = { segment, offset };
    for (const record of records) {
      this.#records += 1;
      const decoded = this.#decode(record);
      if (decoded === undefined) continue;
      if (carried) this.#adopt(decoded);
      else this.#takeRecord(decoded);
    }
  }

  /** Nothing follows: what can only be said of all of it. */
  end(): void {
    const { index: snapshotIndex } = this.#mark;
    const { committed, term } = this.#hardState;
    const last = this.#range?.last ?? NO_INDEX;
    if (this.#range !== undefined && last > snapshotIndex && this.#range.first > snapshotIndex + 1) {
      this.#incomplete(`its first entry is ${this.#range.first}, its snapshot is at ${snapshotIndex}`, this.#firstAt);
    }
    if (committed > Math.max(last, snapshotIndex)) {
      const end = Math.max(last, snapshotIndex);
      this.#incomplete(`${committed} was committed, and the last entry is ${end}`, this.#hardStateAt);
    }
    const highest = Math.max(this.terms.last, this.#mark.term);
    if (term < highest) this.#contradiction(`the term is ${term}, and that of an entry ${highest}`, this.#hardStateAt);
    if (this.#identity === undefined && this.#records > 0) this.#incomplete('it does not say whose it is');
  }

  #decode(record: WalRecord): LogRecord | undefined {
    try {
      return decodeRecord(record);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      this.#note(error);
      return undefined;
    }
  }

  #takeRecord(record: LogRecord): void {
    switch (record.kind) {
      case 'entry':
        this.#takeEntry(record.entry);
        break;
      case 'hard-state':
        this.#takeHardState(record.hardState);
        break;
      case 'snapshot':
        this.#takeMark(record.mark);
        break;
      case 'identity':
        this.#takeIdentity(record.identity);
        break;
      default:
        record satisfies never;
    }
  }

  /** What a segment begins with: it was said in the one before, unless that one is gone, or can't be read to its end. */
  #adopt(record: LogRecord): void {
    if (record.kind === 'identity') this.#identity = record.identity;
    else if (record.kind === 'hard-state') this.#setHardState(record.hardState);
    else if (record.kind === 'snapshot' && record.mark.index > this.#mark.index) this.#setMark(record.mark);
  }

  #takeEntry(entry: Entry): void {
    const { index, term } = entry;
    const { first, last } = this.#range ?? { first: index, last: index - 1 };
    if (index > last + 1) this.#incomplete(`entry ${index} follows ${last}`);
    const replaced = this.termAt(index);
    if (replaced !== undefined && replaced !== term && index <= this.#hardState.committed) {
      this.#contradiction(`entry ${index} of term ${term} takes the place of a committed one of term ${replaced}`);
    }
    this.#terms.truncateFrom(index);
    while ((this.#configurations.at(-1)?.index ?? -1) >= index) this.#configurations.pop();
    const before = this.#terms.last ?? NO_TERM;
    if (term < before)
      this.#contradiction(`entry ${index} is of term ${term}, and the one before it of term ${before}`);
    this.#terms.push(index, term);
    if (entry.kind === 'configuration') this.#configurations.push(entry);
    if (this.#range === undefined) this.#firstAt = this.#at;
    this.#range = { first: index < first ? index : first, last: index };
    this.#noteInSegment(index);
    this.#window.take(entry);
  }

  #noteInSegment(index: LogIndex): void {
    const { segment } = this.#at;
    const { first, last } = this.#segments.get(segment) ?? { first: index, last: index };
    this.#segments.set(segment, { first: index < first ? index : first, last: index > last ? index : last });
  }

  #takeHardState(hardState: HardState): void {
    const { term, vote, committed } = this.#hardState;
    if (hardState.term < term) this.#contradiction(`the term falls from ${term} to ${hardState.term}`);
    if (hardState.committed < committed) {
      this.#contradiction(`what is committed falls from ${committed} to ${hardState.committed}`);
    }
    if (hardState.term === term && vote !== undefined && hardState.vote !== vote) {
      this.#contradiction(`the vote of term ${term} changes from ${vote} to ${hardState.vote ?? 'nobody'}`);
    }
    this.#setHardState(hardState);
  }

  #setHardState(hardState: HardState): void {
    this.#hardState = hardState;
    this.#hardStateAt = this.#at;
  }

  #takeMark(mark: SnapshotMark): void {
    const { index, term, origin } = mark;
    if (index < this.#mark.index) this.#contradiction(`the snapshot at ${index} follows that at ${this.#mark.index}`);
    if (origin === 'taken') {
      const own = this.termAt(index);
      if (own !== undefined && own !== term) {
        this.#contradiction(`the snapshot at ${index} is of term ${term}, and the entry there of term ${own}`);
      }
      if (this.#range !== undefined && index > this.#range.last) {
        this.#contradiction(`a snapshot was taken at ${index}, and the last entry is ${this.#range.last}`);
      }
    }
    this.#setMark(mark);
  }

  #setMark(mark: SnapshotMark): void {
    this.#mark = mark;
    this.#markAt = this.#at;
    if (mark.origin === 'taken') return;
    // It came from a leader, and what the log had before is void.
    this.#range = undefined;
    this.#terms.clear();
    this.#configurations = [];
    this.#window.clear();
  }

  #takeIdentity(identity: Identity): void {
    const before = this.#identity;
    this.#identity = identity;
    if (before === undefined) return;
    if (before.clusterId !== identity.clusterId || before.memberId !== identity.memberId) {
      this.#note(new ForeignLogError(this.#folder, nameOf(before), nameOf(identity)));
    }
    if (identity.start !== before.start + 1)
      this.#contradiction(`start ${identity.start} follows start ${before.start}`);
  }

  #incomplete(what: string, at?: Place): void {
    this.#note(new LogIncompleteError(this.#folder, what), at);
  }

  #contradiction(what: string, at?: Place): void {
    this.#note(new ContradictoryLogError(what), at);
  }

  #note(error: PortolanError, place = this.#at): void {
    if (this.#errors.length < DAMAGES_MAX) this.#errors.push({ place, error });
    else this.#omitted += 1;
  }
}

function nameOf({ memberId, clusterId }: Identity): string {
  return `member ${memberId} of cluster ${clusterId}`;
}
