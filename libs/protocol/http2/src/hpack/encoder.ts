import { DynamicTable, ENTRY_OVERHEAD_BYTES } from './dynamic-table.ts';
import { encodeHuffman, huffmanLength } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';
import { Token } from './token.ts';

/** Index by name, then by value; the name alone under `undefined`. */
type Index = Map<string, Map<string | undefined, number>>;

const STATIC_INDEX: Index = new Map();
for (const [at, [name, value]] of STATIC_TABLE.entries()) {
  const values = STATIC_INDEX.get(name) ?? new Map<string | undefined, number>();
  if (!values.has(undefined)) values.set(undefined, at + 1);
  values.set(value, at + 1);
  STATIC_INDEX.set(name, values);
}

/** Hop by hop they must not be put into a table, lest a guess be confirmed by its size (RFC 7541, section 7.1.3). */
const SECRETS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** Different with each message: in the table they would only push out what repeats. */
const VOLATILE: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'etag',
  'grpc-message',
  'grpc-status-details-bin',
  'grpc-timeout',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'traceparent',
  'x-request-id',
]);

/** A value beyond this is not put into the table: it would push out too much. */
const INDEXED_BYTES_MAX = 512;

/**
 * Encodes header blocks; one for each connection and direction (RFC 7541).
 * Hot path: a field that was sent before is one look-up and one or two bytes.
 */
export class HpackEncoder {
  private readonly table: DynamicTable;
  private readonly tableBytesMax: number;
  /** When an entry of the table was added, counted from the first; its index follows from `added`. */
  private readonly serials: Index = new Map();
  private added = 0;
  /** The smallest size since the last block, and whether the peer has yet to be told (section 4.2). */
  private smallest = 0;
  private resized = false;

  /** @param tableBytesMax at most this much of what the peer offers is used, in bytes */
  constructor(tableBytesMax: number) {
    this.tableBytesMax = tableBytesMax;
    this.table = new DynamicTable(Math.min(tableBytesMax, DEFAULT_TABLE_BYTES));
    if (tableBytesMax < DEFAULT_TABLE_BYTES) this.tell(tableBytesMax);
  }

  get tableBytes(): number {
    return this.table.bytes;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, in bytes. */
  resize(bytesMax: number): void {
    const bytes = Math.min(bytesMax, this.tableBytesMax);
    if (bytes === this.table.bytesMax) return;
    this.tell(bytes);
    this.table.resize(bytes, this.forget);
  }

  /** Bytes that a block of these fields may take at most. @param fields name, value, name, value… */
  static bytesMax(fields: readonly string[]): number {
    let bytes = 16;
    for (const text of fields) bytes += text.length + 8;
    return bytes;
  }

  /**
   * Writes the block of `fields` (name, value, name, value…; names in lower case, one character a byte), `bytesMax` bytes at most.
   * @returns where it ends in `target`
   */
  encode(fields: readonly string[], target: Uint8Array, at: number): number {
    let end = this.resized ? this.writeSizes(target, at) : at;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      end = this.field(fields[index] ?? '', fields[index + 1] ?? '', target, end);
    }
    return end;
  }

  private field(name: string, value: string, target: Uint8Array, at: number): number {
    const staticValues = STATIC_INDEX.get(name);
    const staticIndex = staticValues?.get(value);
    if (staticIndex !== undefined) return writeInteger(staticIndex, 7, 0x80, target, at);
    const serial = this.serials.get(name)?.get(value);
    if (serial !== undefined) return writeInteger(this.indexOf(serial), 7, 0x80, target, at);
    const nameIndex = staticValues?.get(undefined) ?? this.nameIndex(name);
    if (SECRETS.has(name)) return writeLiteral(nameIndex, 4, 0x10, name, value, target, at);
    const size = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    if (VOLATILE.has(name) || value.length > INDEXED_BYTES_MAX || size > this.table.bytesMax) {
      return writeLiteral(nameIndex, 4, 0, name, value, target, at);
    }
    this.remember(name, value);
    return writeLiteral(nameIndex, 6, 0x40, name, value, target, at);
  }

  private nameIndex(name: string): number {
    const serial = this.serials.get(name)?.get(undefined);
    return serial === undefined ? 0 : this.indexOf(serial);
  }

  private indexOf(serial: number): number {
    return STATIC_TABLE.length + this.added - serial;
  }

  private remember(name: string, value: string): void {
    this.table.add(new Token(name), new Token(value), this.forget);
    const values = this.serials.get(name) ?? new Map<string | undefined, number>();
    values.set(value, this.added);
    values.set(undefined, this.added);
    this.serials.set(name, values);
    this.added += 1;
  }

  private readonly forget = (name: Token, value: Token): void => {
    const values = this.serials.get(name.text);
    if (values === undefined) return;
    const serial = values.get(value.text);
    values.delete(value.text);
    // Names are added again with each value: the newest stands for them, and it goes last.
    if (values.get(undefined) === serial) this.serials.delete(name.text);
  };

  private tell(bytes: number): void {
    this.smallest = this.resized ? Math.min(this.smallest, bytes) : bytes;
    this.resized = true;
  }

  private writeSizes(target: Uint8Array, at: number): number {
    let end = at;
    const now = this.table.bytesMax;
    if (this.smallest < now) end = writeInteger(this.smallest, 5, 0x20, target, end);
    end = writeInteger(now, 5, 0x20, target, end);
    this.resized = false;
    return end;
  }
}

/** Both tables are as large as this until SETTINGS say otherwise (RFC 9113, section 6.5.2). */
export const DEFAULT_TABLE_BYTES = 4_096;

function writeLiteral(
  nameIndex: number,
  prefixBits: number,
  pattern: number,
  name: string,
  value: string,
  target: Uint8Array,
  at: number,
): number {
  const end = writeInteger(nameIndex, prefixBits, pattern, target, at);
  return writeString(value, target, nameIndex === 0 ? writeString(name, target, end) : end);
}

function writeString(text: string, target: Uint8Array, at: number): number {
  const encoded = huffmanLength(text);
  if (encoded < text.length) return encodeHuffman(text, target, writeInteger(encoded, 7, 0x80, target, at));
  let end = writeInteger(text.length, 7, 0, target, at);
  for (let index = 0; index < text.length; index += 1) target[end++] = text.charCodeAt(index);
  return end;
}

function writeInteger(value: number, prefixBits: number, pattern: number, target: Uint8Array, at: number): number {
  const prefixMax = (1 << prefixBits) - 1;
  if (value < prefixMax) {
    target[at] = pattern | value;
    return at + 1;
  }
  target[at] = pattern | prefixMax;
  let end = at + 1;
  let rest = value - prefixMax;
  while (rest >= 0x80) {
    target[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[end] = rest;
  return end + 1;
}
