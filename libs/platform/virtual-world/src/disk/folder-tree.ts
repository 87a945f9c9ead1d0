import type { Rng } from '@portolan/kernel';
import { FileImage, type Loss } from './file-image.ts';
import { SystemError } from './system-error.ts';

type Entry = Folder | FileImage;

/** Names, as everybody sees them and as the platter has them. */
class Folder {
  cached = new Map<string, Entry>();
  stored = new Map<string, Entry>();
}

/** One name made or moved here (`entry`), or gone (`undefined`). */
interface NameChange {
  readonly folder: Folder;
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** What one call changed: on the platter all of it or nothing, or a rename would not be atomic. */
type Step = readonly NameChange[];

/**
 * Folders and names. A change of names is on the platter once the folder is synced; until then a crash may forget it, each
 * one by itself, but never one without those before it that concern the same name.
 */
export class FolderTree {
  readonly #root = new Folder();
  #unsynced: Step[] = [];

  /** @throws SystemError ENOENT, ENOTDIR, EISDIR */
  file(path: string, syscall: string): FileImage {
    const entry = this.#entry(path, syscall);
    if (entry === undefined) throw new SystemError('ENOENT', syscall, path);
    if (entry instanceof Folder) throw new SystemError('EISDIR', syscall, path);
    return entry;
  }

  /** @throws SystemError EEXIST when the name is taken, ENOENT, ENOTDIR */
  create(path: string): FileImage {
    const { folder, name } = this.#place(path, 'open');
    if (folder.cached.has(name)) throw new SystemError('EEXIST', 'open', path);
    const entry = new FileImage();
    this.#change([{ folder, name, entry }]);
    return entry;
  }

  /** Those above it too. @throws SystemError EEXIST when a file has the name, ENOTDIR */
  makeFolder(path: string): void {
    const names = namesOf(path, 'mkdir');
    let folder = this.#root;
    for (const [index, name] of names.entries()) {
      let entry = folder.cached.get(name);
      if (entry === undefined) {
        entry = new Folder();
        this.#change([{ folder, name, entry }]);
      }
      if (!(entry instanceof Folder)) {
        throw new SystemError(index === names.length - 1 ? 'EEXIST' : 'ENOTDIR', 'mkdir', path);
      }
      folder = entry;
    }
  }

  /** By code unit, whatever the language of the machine. */
  list(path: string): readonly string[] {
    return [...this.#folder(path, 'scandir').cached.keys()].sort();
  }

  /** @throws SystemError ENOENT; EISDIR, ENOTDIR, ENOTEMPTY when what has the name `to` cannot be replaced */
  rename(from: string, to: string): void {
    const source = this.#place(from, 'rename');
    const entry = source.folder.cached.get(source.name);
    if (entry === undefined) throw new SystemError('ENOENT', 'rename', from);
    const target = this.#place(to, 'rename');
    const replaced = target.folder.cached.get(target.name);
    if (replaced === entry) return;
    if (replaced instanceof Folder) {
      if (!(entry instanceof Folder)) throw new SystemError('EISDIR', 'rename', to);
      if (replaced.cached.size > 0) throw new SystemError('ENOTEMPTY', 'rename', to);
    } else if (replaced !== undefined && entry instanceof Folder) throw new SystemError('ENOTDIR', 'rename', to);
    this.#change([
      { ...source, entry: undefined },
      { ...target, entry },
    ]);
  }

  /** @throws SystemError ENOENT, EISDIR */
  remove(path: string): void {
    this.file(path, 'unlink');
    this.#change([{ ...this.#place(path, 'unlink'), entry: undefined }]);
  }

  /**
   * For a sync of the folder: what has changed until now.
   * @returns what is called when the sync completes. It throws SystemError ENOENT, ENOTDIR when there was no such folder
   */
  captureFolder(path: string): () => void {
    const captured = new Set(this.#unsynced);
    const entry = this.#entry(path, 'fsync');
    return () => {
      if (entry === undefined) throw new SystemError('ENOENT', 'fsync', path);
      if (!(entry instanceof Folder)) throw new SystemError('ENOTDIR', 'fsync', path);
      this.#store(entry, captured);
    };
  }

  /** Power fails. */
  crash(rng: Rng, loss: Loss): void {
    const forgotten = new Names();
    for (const step of this.#unsynced) {
      const isKept = rng.below(2) === 0 && !step.some((change) => forgotten.has(change));
      loss[isKept ? 'kept' : 'lost'] += 1;
      for (const change of step) {
        if (isKept) apply(change, 'stored');
        else forgotten.add(change);
      }
    }
    this.#unsynced = [];
    for (const folder of this.#folders((one) => one.stored)) folder.cached = new Map(folder.stored);
    for (const file of this.files()) file.crash(rng, loss);
  }

  /** Every file that has a name. */
  *files(): IterableIterator<FileImage> {
    for (const folder of this.#folders((one) => one.cached)) {
      for (const entry of folder.cached.values()) if (entry instanceof FileImage) yield entry;
    }
  }

  *#folders(entriesOf: (folder: Folder) => ReadonlyMap<string, Entry>): IterableIterator<Folder> {
    const found = [this.#root];
    for (let folder = found.pop(); folder !== undefined; folder = found.pop()) {
      yield folder;
      for (const entry of entriesOf(folder).values()) if (entry instanceof Folder) found.push(entry);
    }
  }

  #change(step: Step): void {
    for (const change of step) apply(change, 'cached');
    this.#unsynced.push(step);
  }

  /** What changed in `folder`, and whatever else changed the same names before: there is no storing one without the other. */
  #store(folder: Folder, captured: ReadonlySet<Step>): void {
    const wanted = new Names();
    const stored = new Set<Step>();
    for (const step of this.#unsynced.toReversed()) {
      if (!captured.has(step)) continue;
      if (!step.some((change) => change.folder === folder || wanted.has(change))) continue;
      stored.add(step);
      for (const change of step) wanted.add(change);
    }
    for (const step of this.#unsynced) if (stored.has(step)) for (const change of step) apply(change, 'stored');
    this.#unsynced = this.#unsynced.filter((step) => !stored.has(step));
  }

  #entry(path: string, syscall: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of namesOf(path, syscall)) {
      if (entry === undefined) return undefined;
      if (!(entry instanceof Folder)) throw new SystemError('ENOTDIR', syscall, path);
      entry = entry.cached.get(name);
    }
    return entry;
  }

  #folder(path: string, syscall: string): Folder {
    const entry = this.#entry(path, syscall);
    if (entry === undefined) throw new SystemError('ENOENT', syscall, path);
    if (!(entry instanceof Folder)) throw new SystemError('ENOTDIR', syscall, path);
    return entry;
  }

  #place(path: string, syscall: string): { readonly folder: Folder; readonly name: string } {
    const names = namesOf(path, syscall);
    const name = names.pop();
    if (name === undefined) throw new SystemError('EISDIR', syscall, path);
    return { folder: this.#folder(`/${names.join('/')}`, syscall), name };
  }
}

/** A set of names in folders. */
class Names {
  readonly #names = new Map<Folder, Set<string>>();

  has({ folder, name }: NameChange): boolean {
    return this.#names.get(folder)?.has(name) === true;
  }

  add({ folder, name }: NameChange): void {
    const names = this.#names.get(folder) ?? new Set();
    this.#names.set(folder, names.add(name));
  }
}

function apply({ folder, name, entry }: NameChange, image: 'cached' | 'stored'): void {
  if (entry === undefined) folder[image].delete(name);
  else folder[image].set(name, entry);
}

/** Of an absolute path, from the root down. */
function namesOf(path: string, syscall: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!path.startsWith('/') || names.includes('..')) throw new SystemError('EINVAL', syscall, path);
  return names;
}
