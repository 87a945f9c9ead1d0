import { createSeededRng, PortolanError } from '@portolan/kernel';
import type { WalBatch } from '../wal/record.ts';
import { openWal } from '../wal/open-wal.ts';
import { BrokenDisk, systemError } from './broken-disk.ts';
import { CARRIED, FOLDER } from './text-log.ts';

/** One life of a process that has a log: what it appends, and when and how it dies. */
export interface Life {
  readonly appends: readonly { readonly bytes: number; readonly isCarried: boolean; readonly together: boolean }[];
  readonly releases: boolean;
  /** At which call to the disk. */
  readonly diesAt: number;
  /** A sync that fails ends a process, and the system shows what it could not write. */
  readonly death: 'killed' | 'power cut' | 'sync fails';
  /** Decides what survives a power cut. */
  readonly seed: number;
}

export interface Coverage {
  lives: number;
  cuts: number;
  released: number;
  failedSyncs: number;
  /** Appends that never resolved and were found all the same. */
  unacknowledged: number;
}

interface Told {
  readonly number: number;
  readonly isCarried: boolean;
  segment: number;
}

/**
 * Lives one life after the other on one disk, and checks each time what the log holds: every append that resolved and was not
 * released, in order, behind them at most some of those that did not resolve; and the newest carried record.
 */
export class LivesOfALog {
  readonly coverage: Coverage = { lives: 0, cuts: 0, released: 0, failedSyncs: 0, unacknowledged: 0 };
  private disk = new BrokenDisk();
  private appended: Told[] = [];
  private acknowledged = 0;
  /** Segments before this one may be gone. */
  private keptFrom = 1;

  async live(life: Life): Promise<void> {
    this.coverage.lives += 1;
    const { disk } = this;
    const died = Promise.withResolvers<undefined>();
    const die = (): Promise<void> => {
      died.resolve(undefined);
      return new Promise(() => undefined);
    };
    let calls = 0;
    disk.before = ({ call }) => {
      calls += 1;
      if (calls < life.diesAt) return undefined;
      if (life.death !== 'sync fails') return die();
      if (call !== 'sync') return undefined;
      this.coverage.failedSyncs += 1;
      disk.before = die;
      throw systemError('EIO');
    };
    await Promise.race([this.work(disk, life), died.promise]).catch((error: unknown) => {
      if (life.death !== 'sync fails' || !(error instanceof PortolanError)) throw error;
    });
    const rng = createSeededRng(life.seed);
    this.disk = life.death === 'power cut' ? disk.crash(() => rng.below(2) === 0) : disk.kill();
  }

  private async work(disk: BrokenDisk, life: Life): Promise<void> {
    const found: Told[] = [];
    let carried: number | undefined;
    const replay = ({ segment, records, carried: isRepeated }: WalBatch): void => {
      for (const { type, data } of records) {
        const told = { number: Buffer.from(data).readUInt32LE(0), isCarried: type === CARRIED, segment };
        if (!isRepeated) found.push(told);
        if (told.isCarried) carried = told.number;
      }
    };
    const { wal, cut } = await openWal({ disk, folder: FOLDER, segmentBytes: 4_096, carried: [CARRIED], replay });
    this.check(found, carried);
    if (cut !== undefined) this.coverage.cuts += 1;
    let pending: Promise<unknown>[] = [];
    for (const { bytes, isCarried, together } of life.appends) {
      if (!together) {
        await Promise.all(pending);
        pending = [];
      }
      const told = { number: this.appended.length, isCarried, segment: Number.POSITIVE_INFINITY };
      this.appended.push(told);
      // Zeros look like what was never written.
      const data = Buffer.alloc(4 + bytes, told.number % 3);
      data.writeUInt32LE(told.number);
      pending.push(
        wal.append([{ type: isCarried ? CARRIED : 1, data }]).then((segment) => {
          told.segment = segment;
          this.acknowledged = told.number + 1;
        }),
      );
    }
    await Promise.all(pending);
    if (!life.releases) return;
    this.coverage.released += wal.segment - this.keptFrom;
    this.keptFrom = wal.segment;
    await wal.releaseBefore(wal.segment);
  }

  private check(found: readonly Told[], carried: number | undefined): void {
    const first = found[0]?.number ?? this.acknowledged;
    const end = first + found.length;
    expect(found.map(({ number }) => number)).toEqual(found.map((_, index) => first + index));
    expect(this.appended.slice(0, first).filter(({ segment }) => segment >= this.keptFrom)).toEqual([]);
    expect(end).toBeGreaterThanOrEqual(this.acknowledged);
    expect(end).toBeLessThanOrEqual(this.appended.length);
    this.coverage.unacknowledged += end - this.acknowledged;
    // What was found is from now on as good as acknowledged; what was not has never been.
    this.appended = [...this.appended.slice(0, first), ...found];
    this.acknowledged = end;
    expect(carried).toBe(this.appended.findLast(({ isCarried }) => isCarried)?.number);
  }
}
