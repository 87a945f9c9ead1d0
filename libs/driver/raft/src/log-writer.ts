import type { Clock } from '@portolan/kernel';
import type { Persist, Ready } from '@portolan/raft';
import { DiskFullError, type Wal, type WalRecord } from '@portolan/storage';
import { encodeEntries, encodeHardState, encodeMark } from './log-records.ts';
import type { SegmentEnds } from './segment-ends.ts';

/** How long a full disk is left alone. Meanwhile this member acknowledges nothing, and a leader steps down. */
export const DISK_FULL_RETRY_MS = 1_000;

export interface LogWriterOptions {
  readonly wal: Wal;
  readonly clock: Clock;
  readonly segmentEnds: SegmentEnds;
  /** In the order in which the readies were written, once each is durable. */
  readonly onDurable: (ready: Ready) => void;
  readonly onDiskFull: (error: DiskFullError) => void;
  /** The disk failed: nothing that is not durable by now will ever be. */
  readonly onFailed: (error: unknown) => void;
}

interface Write {
  readonly ready: Ready;
  readonly records: readonly WalRecord[];
  readonly lastIndex: number;
  isDurable: boolean;
  isInstalled: boolean;
}

/**
 * Writes readies in order, without waiting for one before it takes the next: what comes while the disk is busy leaves with one sync.
 * Tells of each when it is durable, and of none before those ahead of it.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  /** Not told of yet, oldest first. */
  #writes: Write[] = [];
  #isWaitingForRoom = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** @param installed for a ready with a snapshot: resolves once the state machine stands on it */
  write(ready: Ready, persist: Persist, installed?: Promise<void>): void {
    const lastIndex = persist.entries.at(-1)?.index ?? 0;
    const write = {
      ready,
      records: recordsOf(persist),
      lastIndex,
      isDurable: false,
      isInstalled: installed === undefined,
    };
    this.#writes.push(write);
    installed?.then(() => {
      write.isInstalled = true;
      this.#tell();
    }, this.#options.onFailed);
    if (!this.#isWaitingForRoom) this.#append(write);
  }

  #append(write: Write): void {
    this.#options.wal.append(write.records).then(
      (segment) => {
        this.#options.segmentEnds.note(segment, write.lastIndex);
        write.isDurable = true;
        this.#tell();
      },
      (error: unknown) => {
        if (error instanceof DiskFullError) this.#waitForRoom(error);
        else this.#options.onFailed(error);
      },
    );
  }

  #tell(): void {
    for (let [first] = this.#writes; first?.isDurable === true && first.isInstalled; [first] = this.#writes) {
      this.#writes.shift();
      this.#options.onDurable(first.ready);
    }
  }

  /** Nothing that waited was written: all of it again, in order, once there may be room. */
  #waitForRoom(error: DiskFullError): void {
    if (this.#isWaitingForRoom) return;
    this.#isWaitingForRoom = true;
    this.#options.onDiskFull(error);
    this.#options.clock.after(DISK_FULL_RETRY_MS, () => {
      this.#isWaitingForRoom = false;
      for (const write of this.#writes) if (!write.isDurable) this.#append(write);
    });
  }
}

/** The mark of a snapshot first: it voids what the log had before. */
function recordsOf({ entries, hardState, snapshot }: Persist): readonly WalRecord[] {
  const mark =
    snapshot === undefined ? [] : [encodeMark({ index: snapshot.index, term: snapshot.term, origin: 'installed' })];
  return [...mark, ...encodeEntries(entries), encodeHardState(hardState)];
}
