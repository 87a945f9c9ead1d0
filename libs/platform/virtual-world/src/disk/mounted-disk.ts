import type { Rng } from '@portolan/kernel';
import type { Disk, DiskFile, OpenMode } from '@portolan/storage';
import type { Gate } from '../gate.ts';
import type { FileImage } from './file-image.ts';
import type { FolderTree } from './folder-tree.ts';
import { SystemError } from './system-error.ts';

/** What a call will do when it completes, or, when its process dies before, may have done. */
export interface Operation<Result> {
  readonly kind: 'operation' | 'sync';
  /** Once, at completion. What it throws, the call rejects with. */
  complete(): Result;
  /** Instead, when the process was killed or power failed meanwhile. Left out: nothing of it. */
  land?(): void;
}

/** The drive below: it gives operations their time, and its faults. */
export interface Drive {
  readonly tree: FolderTree;
  readonly rng: Rng;
  perform<Result>(mount: MountedDisk, operation: Operation<Result>): Promise<Result>;
  /** How many bytes more fit. */
  freeBytes(): number;
  /** Draws whether this sync fails. */
  syncFails(): boolean;
}

/** The drive as one process sees it. Dead, it answers nothing: a process that is gone hears no errors either. */
export class MountedDisk implements Disk {
  readonly gate: Gate;
  readonly #drive: Drive;

  constructor(drive: Drive, gate: Gate) {
    this.#drive = drive;
    this.gate = gate;
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    return this.#name(() => {
      if (mode !== 'create') return new MountedFile(this.#drive, this, path, this.#drive.tree.file(path, 'open'), mode);
      if (this.#drive.freeBytes() <= 0) throw new SystemError('ENOSPC', 'open', path);
      return new MountedFile(this.#drive, this, path, this.#drive.tree.create(path), mode);
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#perform({ kind: 'operation', complete: () => this.#drive.tree.list(folder) });
  }

  makeFolder(folder: string): Promise<void> {
    return this.#name(() => {
      this.#drive.tree.makeFolder(folder);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#name(() => {
      this.#drive.tree.rename(from, to);
    });
  }

  remove(path: string): Promise<void> {
    return this.#name(() => {
      this.#drive.tree.remove(path);
    });
  }

  syncFolder(folder: string): Promise<void> {
    const store = this.#drive.tree.captureFolder(folder);
    return this.#perform({
      kind: 'sync',
      complete: () => {
        if (this.#drive.syncFails()) throw new SystemError('EIO', 'fsync', folder);
        store();
      },
    });
  }

  /** A change of names: one that was under way at a crash has happened, or not. */
  #name<Result>(complete: () => Result): Promise<Result> {
    const land = (): void => {
      if (this.#drive.rng.below(2) === 0) return;
      try {
        complete();
      } catch (error) {
        if (!(error instanceof SystemError)) throw error; // it would have failed, and there is nobody to hear it
      }
    };
    return this.#perform({ kind: 'operation', complete, land });
  }

  #perform<Result>(operation: Operation<Result>): Promise<Result> {
    return this.#drive.perform(this, operation);
  }
}

class MountedFile implements DiskFile {
  readonly #drive: Drive;
  readonly #mount: MountedDisk;
  readonly #path: string;
  readonly #image: FileImage;
  readonly #mode: OpenMode;
  #isOpen = true;

  constructor(drive: Drive, mount: MountedDisk, path: string, image: FileImage, mode: OpenMode) {
    this.#drive = drive;
    this.#mount = mount;
    this.#path = path;
    this.#image = image;
    this.#mode = mode;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#perform('read', 'operation', () => this.#image.read(position, length));
  }

  /** The chunks are read at completion, not at the call: who writes into them before that corrupts the file, as with libuv. */
  async write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    await this.#write(position, chunks);
    // The world may end in between, as it may within the call of the system.
    if (this.#mode === 'durable') await this.syncData();
  }

  #write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#mode === 'read') return this.#refused('EBADF', 'write');
    const complete = (): void => {
      const bytes = joined(chunks);
      const room = Math.max(0, this.#image.length + Math.max(0, this.#drive.freeBytes()) - position);
      this.#image.write(position, bytes.subarray(0, room), this.#drive.rng);
      if (room < bytes.length) throw new SystemError('ENOSPC', 'write', this.#path);
    };
    const land = (): void => {
      this.#image.write(position, joined(chunks), this.#drive.rng, () => this.#drive.rng.below(2) === 0);
    };
    return this.#perform('write', 'operation', complete, land);
  }

  syncData(): Promise<void> {
    const capture = this.#image.capture();
    return this.#perform('fdatasync', 'sync', () => {
      if (!this.#drive.syncFails()) {
        this.#image.store(capture);
        return;
      }
      this.#image.forget(capture, this.#drive.rng);
      throw new SystemError('EIO', 'fdatasync', this.#path);
    });
  }

  size(): Promise<number> {
    return this.#perform('fstat', 'operation', () => this.#image.length);
  }

  close(): Promise<void> {
    if (!this.#isOpen) return this.#refused('EBADF', 'close');
    const closed = this.#perform('close', 'operation', () => undefined);
    this.#isOpen = false;
    return closed;
  }

  #perform<Result>(
    syscall: string,
    kind: Operation<Result>['kind'],
    complete: () => Result,
    land?: () => void,
  ): Promise<Result> {
    if (!this.#isOpen) return this.#refused('EBADF', syscall);
    return this.#drive.perform(this.#mount, { kind, complete, ...(land && { land }) });
  }

  #refused(code: 'EBADF', syscall: string): Promise<never> {
    const error = new SystemError(code, syscall, this.#path);
    return this.#drive.perform(this.#mount, {
      kind: 'operation',
      complete: () => {
        throw error;
      },
    });
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
