import { assert } from '@portolan/kernel';
import type { Token } from './token.ts';

/** What an entry costs besides its name and value (RFC 7541, section 4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;

/**
 * The entries that both sides of one direction keep alike: first in, first out, bounded by bytes (RFC 7541, section 2.3.2).
 * A ring that grows with what is in it, since most connections hold few entries.
 */
export class DynamicTable {
  private names: (Token | undefined)[] = [];
  private values: (Token | undefined)[] = [];
  private mask = -1;
  /** Where the next entry goes; the newest is one before it. */
  private head = 0;
  private entries = 0;
  private used = 0;
  private limit: number;

  /** @param bytesMax see `resize` */
  constructor(bytesMax: number) {
    this.limit = bytesMax;
  }

  get count(): number {
    return this.entries;
  }

  /** Size in bytes as section 4.1 counts it. */
  get bytes(): number {
    return this.used;
  }

  get bytesMax(): number {
    return this.limit;
  }

  /** @param age 0 is the newest; below `count` */
  name(age: number): Token {
    return held(this.names[(this.head - 1 - age) & this.mask]);
  }

  value(age: number): Token {
    return held(this.values[(this.head - 1 - age) & this.mask]);
  }

  /**
   * Adds an entry; as many of the oldest go as it needs. One that is larger than the table empties it and is not kept, which is no
   * error (section 4.4).
   * @returns whether it was kept
   */
  add(name: Token, value: Token, onEvict?: (name: Token, value: Token) => void): boolean {
    const size = name.text.length + value.text.length + ENTRY_OVERHEAD_BYTES;
    this.evictTo(this.limit - size, onEvict);
    if (size > this.limit) return false;
    if (this.entries > this.mask) this.grow();
    this.names[this.head] = name;
    this.values[this.head] = value;
    this.head = (this.head + 1) & this.mask;
    this.entries += 1;
    this.used += size;
    return true;
  }

  /** Sets the size in bytes; as many of the oldest go as is needed (section 4.3). */
  resize(bytesMax: number, onEvict?: (name: Token, value: Token) => void): void {
    this.limit = bytesMax;
    this.evictTo(bytesMax, onEvict);
  }

  private evictTo(bytes: number, onEvict?: (name: Token, value: Token) => void): void {
    while (this.used > bytes && this.entries > 0) {
      const oldest = (this.head - this.entries) & this.mask;
      const name = held(this.names[oldest]);
      const value = held(this.values[oldest]);
      this.names[oldest] = undefined;
      this.values[oldest] = undefined;
      this.entries -= 1;
      this.used -= name.text.length + value.text.length + ENTRY_OVERHEAD_BYTES;
      onEvict?.(name, value);
    }
  }

  private grow(): void {
    const names: (Token | undefined)[] = [];
    const values: (Token | undefined)[] = [];
    for (let age = this.entries - 1; age >= 0; age -= 1) {
      names.push(this.name(age));
      values.push(this.value(age));
    }
    const capacity = Math.max(8, names.length * 2);
    while (names.length < capacity) {
      names.push(undefined);
      values.push(undefined);
    }
    this.names = names;
    this.values = values;
    this.head = this.entries;
    this.mask = capacity - 1;
  }
}

function held(token: Token | undefined): Token {
  assert(token !== undefined, 'an entry below the count is held');
  return token;
}
