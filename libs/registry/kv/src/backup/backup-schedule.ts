import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import { nodeDisk, type Disk } from '@portolan/storage';
import { DRAFT, writeBackupFile, type VerifiedBackup } from './backup-file.ts';
import { BackupFileError } from './errors.ts';

/** How soon after one that failed another is begun, at the latest: a full disk is not emptied in seconds. */
export const RETRY_MS = 60_000;

/** In order of time. `backup-20261126T174512Z.portolan` */
const NAME = /^backup-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.portolan$/;

/**
 * A draft that was begun so long ago is of a process that has ended: a backup takes minutes. Younger ones may be of another registry
 * that has the same folder.
 */
export const DRAFT_AGE_MS = 3_600_000;

/** Longest time a timer is set for: platforms overflow above 2^31 ms. */
const TIMER_MS_MAX = 3_600_000;

export interface BackupScheduleOptions {
  readonly clock: Clock;
  /** Default: this machine's. */
  readonly disk?: Disk;
  /** Absolute; made when it is missing. Other files in it are left alone. */
  readonly folder: string;
  /** From one backup to the next, also over restarts. */
  readonly intervalMs: number;
  /** Newest backups that are kept, at least 1. */
  readonly keep: number;
  /** `StoreAdmin.backup` of this member. */
  readonly backup: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Told when it is whole, and the oldest is gone, or has been told as a failure. */
  readonly onBackup: (file: string, backup: VerifiedBackup) => void;
  /** The next one is tried after `RETRY_MS`, or the interval where that is shorter. */
  readonly onFailure: (error: PortolanError) => void;
}

/** Takes backups from time to time, each verified before it counts, and lets go of the oldest. */
export class BackupSchedule implements AsyncDisposable {
  readonly #options: BackupScheduleOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void>;

  constructor(options: BackupScheduleOptions) {
    this.#options = options;
    this.#running = this.#begin();
  }

  /** Gives up what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#running;
  }

  async #begin(): Promise<void> {
    await this.#attempt(async () => {
      await this.#forgetDrafts();
      const newest = (await this.#list()).at(-1);
      const due = newest === undefined ? 0 : timeOf(newest) + this.#options.intervalMs;
      this.#wait(due);
    });
  }

  /** @param due by the calendar */
  #wait(due: number): void {
    if (this.#stopping.signal.aborted) return;
    const { clock } = this.#options;
    const leftMs = due - clock.epoch();
    this.#timer = clock.after(Math.min(TIMER_MS_MAX, Math.max(0, leftMs)), () => {
      if (leftMs > TIMER_MS_MAX) this.#wait(due);
      else this.#running = this.#take();
    });
  }

  async #take(): Promise<void> {
    const { clock, disk = nodeDisk, folder, intervalMs, backup, onBackup, onFailure } = this.#options;
    const begun = clock.epoch();
    await this.#attempt(async () => {
      const file = `${folder}/${nameOf(begun)}`;
      const verified = await writeBackupFile(disk, file, backup(this.#stopping.signal));
      try {
        await this.#forgetDrafts();
        await this.#letGo();
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        // The backup is whole. Taken again at once for this, they would fill the disk.
        onFailure(error);
      }
      onBackup(file, verified);
      this.#wait(begun + intervalMs);
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { clock, intervalMs, onFailure } = this.#options;
    try {
      await work();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!(error instanceof PortolanError)) throw error;
      onFailure(error);
      this.#wait(clock.epoch() + Math.min(RETRY_MS, intervalMs));
    }
  }

  /** Oldest first. */
  async #list(suffix = ''): Promise<readonly string[]> {
    const { disk = nodeDisk, folder } = this.#options;
    try {
      await disk.makeFolder(folder);
      const names = await disk.list(folder);
      return names.filter((name) => name.endsWith(suffix) && NAME.test(name.slice(0, name.length - suffix.length)));
    } catch (error) {
      throw new BackupFileError('list', folder, error);
    }
  }

  async #letGo(): Promise<void> {
    const names = await this.#list();
    await this.#remove(names.slice(0, Math.max(0, names.length - this.#options.keep)));
  }

  /** What a crash has left half-written would stay for ever: the next backup has another name. */
  async #forgetDrafts(): Promise<void> {
    const before = this.#options.clock.epoch() - DRAFT_AGE_MS;
    await this.#remove((await this.#list(DRAFT)).filter((name) => timeOf(name) < before));
  }

  async #remove(names: readonly string[]): Promise<void> {
    const { disk = nodeDisk, folder } = this.#options;
    for (const name of names) {
      try {
        await disk.remove(`${folder}/${name}`);
      } catch (error) {
        throw new BackupFileError('write', `${folder}/${name}`, error);
      }
    }
  }
}

/** @param at milliseconds since 1970 */
function nameOf(at: number): string {
  const text = new Date(at).toISOString();
  return `backup-${text.slice(0, 19).replaceAll(/[-:]/g, '')}Z.portolan`;
}

/** @param name of a backup, or of its draft */
function timeOf(name: string): number {
  const [, year, month, day, hour, minute, second] = (NAME.exec(name.replace(DRAFT, '')) ?? []).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}
