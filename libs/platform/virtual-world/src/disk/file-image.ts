import type { Rng } from '@portolan/kernel';

/** What a drive writes whole or not at all. */
export const SECTOR_BYTES = 512;

/** One write in this many to a sector that waits in the page cache finds that the kernel has just written it back by itself. */
const WRITEBACK_ONCE_IN = 8;

/** A version of one sector. Never changed once it is made: cache, platter and a sync under way hold the same one. */
interface Sector {
  readonly bytes: Uint8Array;
  readonly version: number;
}

const ZEROS = new Uint8Array(SECTOR_BYTES);

/** What a sync that is under way will make durable: the file as it was when the sync was called. */
export interface Capture {
  readonly sectors: ReadonlyMap<number, Sector>;
  readonly length: number;
}

export interface Loss {
  kept: number;
  lost: number;
}

/** A file: what the page cache shows of it, and what is on the platter. A sector that is in neither reads as zeros. */
export class FileImage {
  #cached = new Map<number, Sector>();
  #stored = new Map<number, Sector>();
  readonly #unsynced = new Set<number>();
  #length = 0;
  #storedLength = 0;
  #version = 0;

  get length(): number {
    return this.#length;
  }

  read(position: number, length: number): Uint8Array {
    const end = Math.min(this.#length, position + length);
    const bytes = new Uint8Array(Math.max(0, end - position));
    for (let at = position; at < end;) {
      const within = at % SECTOR_BYTES;
      const count = Math.min(SECTOR_BYTES - within, end - at);
      const sector = this.#cached.get((at - within) / SECTOR_BYTES);
      if (sector !== undefined) bytes.set(sector.bytes.subarray(within, within + count), at - position);
      at += count;
    }
    return bytes;
  }

  /**
   * Into the page cache.
   * @param lands which sectors of it do: for a write that was under way when its process died
   */
  write(position: number, bytes: Uint8Array, rng: Rng, lands: () => boolean = () => true): void {
    for (let done = 0; done < bytes.length;) {
      const within = (position + done) % SECTOR_BYTES;
      const part = bytes.subarray(done, done + SECTOR_BYTES - within);
      if (lands()) {
        this.#patch((position + done - within) / SECTOR_BYTES, within, part, rng);
        this.#length = Math.max(this.#length, position + done + part.length);
      }
      done += part.length;
    }
  }

  capture(): Capture {
    const sectors = new Map<number, Sector>();
    for (const index of this.#unsynced) {
      const sector = this.#cached.get(index);
      if (sector !== undefined) sectors.set(index, sector);
    }
    return { sectors, length: this.#length };
  }

  /** A sync has come to its end: what it captured is on the platter. */
  store({ sectors, length }: Capture): void {
    for (const [index, sector] of sectors) this.#storeSector(index, sector);
    this.#storedLength = Math.max(this.#storedLength, length);
  }

  /**
   * A sync has failed. As on Linux (fsyncgate), its pages count as clean from now on, so that the next sync succeeds without
   * them: each is on the platter after all, or is shown until the machine restarts, or is gone from the cache already.
   */
  forget({ sectors, length }: Capture, rng: Rng): void {
    for (const [index, sector] of sectors) {
      const fate = rng.below(3);
      if (fate === 0) this.#storeSector(index, sector);
      if (this.#cached.get(index) !== sector) continue;
      this.#unsynced.delete(index);
      if (fate === 1) this.#evict(index);
    }
    if (rng.below(3) === 0) this.#storedLength = Math.max(this.#storedLength, length);
  }

  /** Power fails: each sector that was not synced is on the platter or is not, and so is what was appended. */
  crash(rng: Rng, loss: Loss): void {
    for (const index of this.#unsynced) {
      const sector = this.#cached.get(index);
      const isKept = rng.below(2) === 0;
      if (isKept && sector !== undefined) this.#stored.set(index, sector);
      loss[isKept ? 'kept' : 'lost'] += 1;
    }
    this.#unsynced.clear();
    const appended = this.#length - this.#storedLength;
    if (appended > 0) this.#storedLength += [0, appended, rng.below(appended + 1)][rng.below(3)] ?? 0;
    this.#cached = new Map(this.#stored);
    this.truncate(this.#storedLength);
  }

  /** On the platter and in the cache, as a broken drive or a careless hand does it. */
  flipBit(position: number, bit: number): void {
    const index = Math.floor(position / SECTOR_BYTES);
    for (const image of [this.#cached, this.#stored]) {
      const bytes = Uint8Array.from(image.get(index)?.bytes ?? new Uint8Array(SECTOR_BYTES));
      bytes[position % SECTOR_BYTES] = (bytes[position % SECTOR_BYTES] ?? 0) ^ (1 << bit);
      image.set(index, { bytes, version: image.get(index)?.version ?? 0 });
    }
  }

  /** On the platter and in the cache. A file is not made longer. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#storedLength = Math.min(this.#storedLength, length);
    const last = Math.floor(length / SECTOR_BYTES);
    for (const image of [this.#cached, this.#stored]) {
      for (const [index, { bytes, version }] of image) {
        if (index < last) continue;
        if (index > last || length % SECTOR_BYTES === 0) {
          image.delete(index);
          continue;
        }
        // The rest of the last sector must read as zeros when the file grows again.
        const rest = new Uint8Array(SECTOR_BYTES);
        rest.set(bytes.subarray(0, length % SECTOR_BYTES));
        image.set(index, { bytes: rest, version });
      }
    }
  }

  #patch(index: number, within: number, part: Uint8Array, rng: Rng): void {
    const before = this.#cached.get(index);
    if (before === undefined && isZero(part)) return; // preallocated zeros cost no memory
    const bytes = Buffer.allocUnsafe(SECTOR_BYTES); // from a pool: an array of its own takes as long as all the rest
    bytes.set(before?.bytes ?? ZEROS);
    bytes.set(part, within);
    if (before !== undefined && this.#unsynced.has(index) && rng.below(WRITEBACK_ONCE_IN) === 0) {
      this.#storeSector(index, before);
    }
    this.#cached.set(index, { bytes, version: (this.#version += 1) });
    this.#unsynced.add(index);
  }

  #storeSector(index: number, sector: Sector): void {
    // Syncs may end in another order than they began.
    if (sector.version > (this.#stored.get(index)?.version ?? 0)) this.#stored.set(index, sector);
    if (this.#cached.get(index) === sector) this.#unsynced.delete(index);
  }

  #evict(index: number): void {
    const stored = this.#stored.get(index);
    if (stored === undefined) this.#cached.delete(index);
    else this.#cached.set(index, stored);
  }
}

function isZero(part: Uint8Array): boolean {
  return Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0;
}
