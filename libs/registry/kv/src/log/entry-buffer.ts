/** Room for some 200 entries of a catalog's size. */
const SLAB_BYTES = 64 * 1024;

/** From here on an entry has a buffer of its own. */
const SHARED_BYTES_MAX = SLAB_BYTES / 16;

/**
 * Room for entries of the log. They are let go in the order in which they were written, so that those written together can share a buffer:
 * one of their own costs half a microsecond each, and as much again to collect.
 */
export class EntryBuffer {
  #slab = Buffer.alloc(0);
  #taken = 0;

  /** Not filled with zeros. */
  take(length: number): Buffer {
    if (length > SHARED_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    if (this.#taken + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#taken = 0;
    }
    const start = this.#taken;
    this.#taken += length;
    return this.#slab.subarray(start, start + length);
  }
}
