import { assert, type Clock, type Rng, type Timer } from '@portolan/kernel';
import type { Disk, DiskFile, OpenMode } from '@portolan/storage';
import { drawDelay } from '../delay.ts';
import type { Gate } from '../gate.ts';
import { HEALTHY, SSD_TIMES, type DiskFaults, type DiskTimes } from './disk-faults.ts';
import type { Loss } from './file-image.ts';
import { FolderTree } from './folder-tree.ts';
import { MountedDisk, type Drive, type Operation } from './mounted-disk.ts';

export interface VirtualDiskOptions {
  readonly rng: Rng;
  /** The world's. Without one, operations take no time. */
  readonly clock?: Clock;
  readonly times?: DiskTimes;
}

/** A call that has not completed: it waits for its time, or, hung, for the drive. */
interface Pending {
  readonly mount: MountedDisk;
  readonly complete: () => void;
  readonly land: (() => void) | undefined;
  timer: Timer | undefined;
}

/**
 * A drive in memory that keeps what the contract of `Disk` promises, and not a bit more: until `syncData`, each sector of 512
 * bytes survives a crash or does not; until `syncFolder`, each name; what a call had not finished may be there in part.
 * As a `Disk` it serves one process at a time: what was opened before `crash` or `killed` is dead. A host mounts it for each life.
 */
export class VirtualDisk implements Disk {
  readonly #drive: Drive;
  readonly #tree = new FolderTree();
  readonly #rng: Rng;
  readonly #clock: Clock | undefined;
  readonly #times: DiskTimes;
  readonly #pending = new Set<Pending>();
  readonly #hung = new Set<Pending>();
  #faults = HEALTHY;
  #own: MountedDisk;
  #ownGate: OwnGate;

  constructor(options: VirtualDiskOptions) {
    this.#rng = options.rng;
    this.#clock = options.clock;
    this.#times = options.times ?? SSD_TIMES;
    this.#drive = {
      tree: this.#tree,
      rng: options.rng,
      perform: (mount, operation) => this.#perform(mount, operation),
      freeBytes: () => {
        const { capacityBytes } = this.#faults;
        return capacityBytes === Number.POSITIVE_INFINITY ? capacityBytes : capacityBytes - this.usedBytes;
      },
      syncFails: () => this.#faults.syncFailureChance > 0 && this.#rng.float() < this.#faults.syncFailureChance,
    };
    this.#ownGate = new OwnGate();
    this.#own = new MountedDisk(this.#drive, this.#ownGate);
  }

  /** For a process that the gate speaks for. */
  mount(gate: Gate): Disk {
    return new MountedDisk(this.#drive, gate);
  }

  /** Power fails. @returns for the log: how much of what was not synced has been kept and lost */
  crash(): string {
    this.killed();
    const loss: Loss = { kept: 0, lost: 0 };
    this.#tree.crash(this.#rng, loss);
    return `${loss.kept} un-synced sectors and names kept, ${loss.lost} lost`;
  }

  /** The process died, not the machine: calls under way may have landed in part, and what has resolved is there. */
  killed(): void {
    for (const { timer, land } of this.#pending) {
      timer?.cancel();
      land?.();
    }
    this.#pending.clear();
    this.#hung.clear();
    this.#ownGate.isAlive = false;
    this.#ownGate = new OwnGate();
    this.#own = new MountedDisk(this.#drive, this.#ownGate);
  }

  /** Sets these faults; others stay as they are. */
  setFaults(faults: Partial<DiskFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
    if (this.#faults.isHung) return;
    const released = [...this.#hung];
    this.#hung.clear();
    for (const pending of released) this.#schedule(pending, 0);
  }

  heal(): void {
    this.setFaults(HEALTHY);
  }

  get faults(): DiskFaults {
    return this.#faults;
  }

  /** In files that have a name. */
  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.#tree.files()) bytes += file.length;
    return bytes;
  }

  /** Of a byte of the file, on the platter and in the page cache. @param bit 0 to 7 */
  flipBit(path: string, position: number, bit = 0): void {
    const file = this.#tree.file(path, 'flip');
    assert(position >= 0 && position < file.length, `${path} has no byte ${position}`);
    file.flipBit(position, bit);
  }

  /** On the platter and in the page cache. */
  truncate(path: string, length: number): void {
    const file = this.#tree.file(path, 'truncate');
    assert(length >= 0 && length <= file.length, `${path} is not ${length} bytes long`);
    file.truncate(length);
  }

  /** What a process would read now, without a call. @throws SystemError when there is no such file */
  contents(path: string): Uint8Array {
    const file = this.#tree.file(path, 'read');
    return file.read(0, file.length);
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    return this.#own.open(path, mode);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#own.list(folder);
  }

  makeFolder(folder: string): Promise<void> {
    return this.#own.makeFolder(folder);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#own.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.#own.remove(path);
  }

  syncFolder(folder: string): Promise<void> {
    return this.#own.syncFolder(folder);
  }

  #perform<Result>(mount: MountedDisk, operation: Operation<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (!mount.gate.isAlive) return;
      const complete = (): void => {
        const settle = outcomeOf(operation, resolve, reject);
        mount.gate.enter('disk', settle);
      };
      const land = operation.land === undefined ? undefined : operation.land.bind(operation);
      const pending: Pending = { mount, complete, land, timer: undefined };
      this.#pending.add(pending);
      this.#schedule(pending, drawDelay(this.#times[operation.kind], this.#rng) * this.#faults.slowness);
    });
  }

  #schedule(pending: Pending, delayMs: number): void {
    const due = (): void => {
      if (this.#faults.isHung) {
        this.#hung.add(pending);
        return;
      }
      this.#pending.delete(pending);
      pending.complete();
    };
    if (this.#clock === undefined) due();
    else pending.timer = this.#clock.after(delayMs, due);
  }
}

/** Of a disk without a host: alive until the disk says otherwise. */
class OwnGate implements Gate {
  isAlive = true;

  enter(_source: unknown, callback: () => void): void {
    if (this.isAlive) callback();
  }
}

/** What the hardware does happens at completion; whether the process hears of it is another matter. */
function outcomeOf<Result>(
  operation: Operation<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const result = operation.complete();
    return () => {
      resolve(result);
    };
  } catch (error) {
    return () => {
      reject(error);
    };
  }
}
