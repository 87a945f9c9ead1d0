import { logIndex, NO_INDEX, NO_TERM, type Entry, type HardState } from '@portolan/raft';
import type { WalBatch } from '@portolan/storage';
import { LogIncompleteError } from './errors.ts';
import { decodeRecord, type Identity, type LogRecord, type SnapshotMark } from './log-records.ts';

/** What a log on disk comes to when it is read from its beginning: later records override earlier ones. */
export class LogReplay {
  readonly #folder: string;
  #isFirst = true;
  #entries: Entry[] = [];
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
        this.mark = record.mark;
        if (record.mark.origin === 'installed') this.#entries = [];
        break;
      case 'identity':
        this.identity = record.identity;
        break;
      default:
        record satisfies never;
    }
  }

  /** An entry takes the place of the one that had its index, and of all after that: they conflicted with it. */
  #takeEntry(entry: Entry): void {
    const first = this.#entries[0]?.index ?? entry.index;
    const last = this.#entries.at(-1)?.index ?? entry.index - 1;
    if (entry.index > last + 1) {
      throw new LogIncompleteError(this.#folder, `entry ${entry.index} follows ${last}`);
    }
    this.#entries.length = Math.max(0, entry.index - first);
    this.#entries.push(entry);
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
    return this.#entries.at(-1)?.index ?? logIndex(this.mark.index);
  }
}
