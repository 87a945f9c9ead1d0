import { CompressionError } from './compression-error.ts';
import { DynamicTable, ENTRY_OVERHEAD_BYTES } from './dynamic-table.ts';
import { STATIC_TABLE } from './static-table.ts';
import { Token } from './token.ts';
import type { TokenCache } from './token-cache.ts';

/** Told each field of a block in order. `name` and `value` may be kept: they are never changed. */
export type OnField = (name: Token, value: Token) => void;

const STATIC_NAMES = STATIC_TABLE.map(([name]) => new Token(name));
const STATIC_VALUES = STATIC_TABLE.map(([, value]) => new Token(value));
const STATIC_COUNT = STATIC_TABLE.length;

/** An integer beyond this is refused: no length or index that we take comes near it (RFC 7541, section 5.1). */
const INTEGER_MAX = 0xff_ff_ff;

/**
 * Decodes header blocks; one for each connection and direction, since blocks build on those before (RFC 7541).
 * Hot path: a field of an index allocates nothing.
 */
export class HpackDecoder {
  private readonly table: DynamicTable;
  private readonly cache: TokenCache;
  private tableBytesMax: number;
  /** The peer was told of a smaller table than it has: the next block says how large it is now. */
  private mustShrink = false;
  /** Where the next byte is; of the block under way. */
  private at = 0;
  private end = 0;
  private bytes: Uint8Array = NO_BYTES;

  /** @param tableBytesMax what SETTINGS_HEADER_TABLE_SIZE told the peer, in bytes */
  constructor(tableBytesMax: number, cache: TokenCache) {
    this.tableBytesMax = tableBytesMax;
    this.table = new DynamicTable(tableBytesMax);
    this.cache = cache;
  }

  /** Bytes in the dynamic table, as RFC 7541 section 4.1 counts. */
  get tableBytes(): number {
    return this.table.bytes;
  }

  /** The peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE, in bytes (RFC 9113, section 4.3.1). */
  resize(tableBytesMax: number): void {
    this.tableBytesMax = tableBytesMax;
    this.mustShrink = this.table.bytesMax > tableBytesMax;
  }

  /**
   * Decodes a whole block.
   * @throws CompressionError when it does not decode; this decoder is of no use then
   */
  decode(bytes: Uint8Array, start: number, end: number, onField: OnField): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    let fields = 0;
    if (this.mustShrink) {
      if (((bytes[start] ?? 0) & 0xe0) !== 0x20) {
        throw new CompressionError('does not begin with the table size that was asked for (RFC 9113 section 4.3.1)');
      }
      this.mustShrink = false;
    }
    while (this.at < end) {
      const byte = bytes[this.at] ?? 0;
      if (byte >= 0x80) {
        const index = this.integer(7);
        onField(this.nameAt(index), this.valueAt(index));
        fields += 1;
      } else if (byte >= 0x40) {
        const name = this.name(6, false);
        const value = this.literal(false);
        this.table.add(name, value);
        onField(name, value);
        fields += 1;
      } else if (byte >= 0x20) {
        if (fields > 0) throw new CompressionError('changes the table size after a field (RFC 7541 section 4.2)');
        const size = this.integer(5);
        if (size > this.tableBytesMax) {
          throw new CompressionError(`sets the table to ${size} bytes, the limit is ${this.tableBytesMax}`);
        }
        this.table.resize(size);
      } else {
        const secret = byte >= 0x10;
        const name = this.name(4, secret);
        onField(name, this.literal(secret));
        fields += 1;
      }
    }
    this.bytes = NO_BYTES;
  }

  private name(prefixBits: number, secret: boolean): Token {
    const index = this.integer(prefixBits);
    return index === 0 ? this.literal(secret) : this.nameAt(index);
  }

  private nameAt(index: number): Token {
    const name = STATIC_NAMES[index - 1];
    if (name !== undefined) return name;
    return this.table.name(this.age(index));
  }

  private valueAt(index: number): Token {
    const value = STATIC_VALUES[index - 1];
    if (value !== undefined) return value;
    return this.table.value(this.age(index));
  }

  private age(index: number): number {
    const age = index - STATIC_COUNT - 1;
    if (index === 0 || age >= this.table.count) {
      throw new CompressionError(`names index ${index} of ${STATIC_COUNT + this.table.count}`);
    }
    return age;
  }

  private literal(secret: boolean): Token {
    const huffman = (this.bytes[this.at] ?? 0) >= 0x80;
    const length = this.integer(7);
    const start = this.at;
    if (length > this.end - start) throw new CompressionError('ends within a string');
    this.at = start + length;
    const token = this.cache.token(this.bytes, start, this.at, huffman, secret);
    if (token === undefined) throw new CompressionError('has a string that is no Huffman code (RFC 7541 section 5.2)');
    return token;
  }

  /** An integer whose first byte holds so many bits of it (RFC 7541, section 5.1). */
  private integer(prefixBits: number): number {
    if (this.at >= this.end) throw new CompressionError('ends within a field');
    const prefixMax = (1 << prefixBits) - 1;
    let value = (this.bytes[this.at++] ?? 0) & prefixMax;
    if (value < prefixMax) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.end) throw new CompressionError('ends within an integer');
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (value > INTEGER_MAX || shift > 21) throw new CompressionError(`has an integer over ${INTEGER_MAX}`);
      if (byte < 0x80) return value;
    }
  }
}

const NO_BYTES = new Uint8Array(0);

/** What a field counts towards SETTINGS_MAX_HEADER_LIST_SIZE, in bytes (RFC 9113, section 6.5.2). */
export const fieldBytes = (name: Token, value: Token): number =>
  name.text.length + value.text.length + ENTRY_OVERHEAD_BYTES;
