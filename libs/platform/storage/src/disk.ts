/**
 * A file system as an argument: the real one in production (`nodeDisk`), one that loses and tears writes in a virtual world.
 * It promises no more than POSIX does: what was written may be lost, whole or in sectors, until `syncData` of the file resolves;
 * a name made, renamed or removed may be forgotten until `syncFolder` of its folder does. Paths are absolute, with `/`.
 * Every method rejects with the system's error (`code`: `ENOSPC`, `EIO`, `EACCES`, …).
 */
export interface Disk {
  /**
   * - `create`: a new, empty file to read and write; rejects with `EEXIST` when there is one
   * - `read`, `read-write`: a file that is there; rejects with `ENOENT` when it is not
   * - `durable`: as `read-write`, and each `write` has its own `syncData` within (O_DSYNC): one call of the system where it was two
   */
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Names in the folder, sorted by code unit; rejects with `ENOENT` when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes the folder and those above it; one that is there is no error. */
  makeFolder(folder: string): Promise<void>;
  /** Atomic: afterwards, and after a crash, either the old or the new file has the name `to`. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** fsync of the folder: names made, renamed and removed in it before this call survive a crash. */
  syncFolder(folder: string): Promise<void>;
}

export type OpenMode = 'create' | 'read' | 'read-write' | 'durable';

export interface DiskFile {
  /** Bytes from `position`; fewer than `length` only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all chunks, one after the other, from `position`; beyond the end, the file grows and a gap reads as zeros. Durable only after `syncData`, unless it was opened so. */
  write(position: number, chunks: readonly Uint8Array[]): Promise<void>;
  /** fdatasync: contents and length of the file, as written by calls that have resolved, survive a crash. A failure is never worth a retry. */
  syncData(): Promise<void>;
  /** Bytes. */
  size(): Promise<number>;
  close(): Promise<void>;
}
