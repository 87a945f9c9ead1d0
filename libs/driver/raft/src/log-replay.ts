import { NO_INDEX, NO_TERM, type Entry, type HardState, type LogIndex } from '@portolan/raft';
import type { WalBatch } from '@portolan/storage';
import { LogIncompleteError } from './errors.ts';
import { decodeRecord, type Identity, type LogRecord, type SnapshotMark } from './log-records.ts';

/** What a log on disk comes to when it is read from its beginning: later records override earlier ones. */
export class LogReplay {
  readonly #folder: string;
  #isFirst = true;
  /** Those that no snapshot has, as far as was read. */
  #entries: Entry[] = [];
  /** What the next one follows; undefined while it may follow anything. */
  #last: LogIndex | undefined;
  identity: Identity | undefined = undefined;
  hardState: HardState = { term: NO_TERM, vote: undefined, committed: NO_INDEX };
  /** The newest; before any, the log begins at 1. */
  mark: SnapshotMark = { index: NO_INDEX, term: NO_TERM, origin: 'taken' };

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws LogIncompleteError, MalformedRecordError, UnknownRecordError */
  take(batch: WalBatch): void {
    // What a segment begins with was said in the one before, unless that one is gone.
    if (!batch.carried || this.#isFirst) for (const record of batch.records) this.#takeRecord(decodeRecord(record));
    this.#isFirst = false;
  }

  #takeRecord(record: LogRecord): void {
    switch (record.kind) {
      case 'entry':
        this.#takeEntry(record.entry);
        break;
      case 'hard-state':
        this.hardState = record.hardState;
        break;
      case 'snapshot':
        this.#takeMark(record.mark);
        break;
      case 'identity':
        this.identity = record.identity;
        break;
      default:
        record satisfies never;
    }
  }

  /** What a snapshot has is let go at once: of a start, it would be most. */
  #takeMark(mark: SnapshotMark): void {
    this.mark = mark;
    const isInstalled = mark.origin === 'installed';
    this.#entries = isInstalled ? [] : this.#entries.filter(({ index }) => index > mark.index);
    if (isInstalled) this.#last = undefined;
  }

  /** An entry takes the place of the one that had its index, and of all after that: they conflicted with it. */
  #takeEntry(entry: Entry): void {
    const first = this.#entries[0]?.index ?? entry.index;
    const last = this.#last ?? entry.index - 1;
    if (entry.index > last + 1) {
      throw new LogIncompleteError(this.#folder, `entry ${entry.index} follows ${last}`);
    }
    this.#entries.length = Math.max(0, entry.index - first);
    this.#entries.push(entry);
    this.#last = entry.index;
  }

  /**
   * The entries after the newest snapshot.
   * @throws LogIncompleteError when they do not go on from it
   */
  entries(): readonly Entry[] {
    const after = this.#entries.filter(({ index }) => index > this.mark.index);
    const [first] = after;
    if (first !== undefined && first.index !== this.mark.index + 1) {
      throw new LogIncompleteError(
        this.#folder,
        `its first entry is ${first.index}, its snapshot is at ${this.mark.index}`,
      );
    }
    const last = after.at(-1)?.index ?? this.mark.index;
    if (this.hardState.committed > last) {
      throw new LogIncompleteError(
        this.#folder,
        `${this.hardState.committed} was committed, and the last entry is ${last}`,
      );
    }
    return after;
  }

  /** The last index that the log has, for reports. */
  get lastIndex(): number {
    return this.#last ?? this.mark.index;
  }
}
