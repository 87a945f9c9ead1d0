import { decodedBytesMax, decodeHuffman } from './huffman.ts';
import { Token } from './token.ts';

/** Text of bytes, one character a byte. A driver passes its runtime's own, which is several times as fast for long ones. */
export type Latin1 = (bytes: Uint8Array, start: number, end: number) => string;

/** Literals kept, each with its encoded bytes. A power of two. More would only matter to peers that send more different ones again and again. */
const CACHED_TOKENS_MAX = 256;
/** Longer literals are seldom the same twice. */
const CACHED_BYTES_MAX = 96;

/**
 * Turns string literals into tokens. A peer that sends one literal again and again without an index (nghttp2 does so with
 * `:path`) gets the token of the first time: neither Huffman decoding nor a string a request. Bounded: a slot holds the last
 * literal that hashed to it.
 */
export class TokenCache {
  private readonly tokens: (Token | undefined)[] = [];
  private readonly encoded: (Uint8Array | undefined)[] = [];
  private readonly latin1: Latin1;
  private scratch = new Uint8Array(256);

  constructor(latin1: Latin1 = latin1OfBytes) {
    this.latin1 = latin1;
    for (let slot = 0; slot < CACHED_TOKENS_MAX; slot += 1) {
      this.tokens.push(undefined);
      this.encoded.push(undefined);
    }
  }

  /**
   * The token of a literal.
   * @param secret the peer asked that it be kept nowhere (never indexed, RFC 7541 section 7.1.3)
   * @returns undefined when the Huffman code is broken
   */
  token(bytes: Uint8Array, start: number, end: number, huffman: boolean, secret: boolean): Token | undefined {
    if (secret || end - start > CACHED_BYTES_MAX) return this.decode(bytes, start, end, huffman);
    let hash = huffman ? 1 : 2;
    for (let index = start; index < end; index += 1) hash = (Math.imul(hash, 31) + (bytes[index] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (CACHED_TOKENS_MAX - 1);
    const encoded = this.encoded[slot];
    const kept = this.tokens[slot];
    if (kept !== undefined && encoded !== undefined && isSame(encoded, bytes, start, end, huffman)) return kept;
    const token = this.decode(bytes, start, end, huffman);
    if (token === undefined) return undefined;
    const copy = new Uint8Array(end - start + 1);
    copy[0] = huffman ? 1 : 0;
    copy.set(bytes.subarray(start, end), 1);
    this.encoded[slot] = copy;
    this.tokens[slot] = token;
    return token;
  }

  private decode(bytes: Uint8Array, start: number, end: number, huffman: boolean): Token | undefined {
    if (!huffman) return new Token(this.latin1(bytes, start, end));
    const needed = decodedBytesMax(end - start);
    if (this.scratch.length < needed) this.scratch = new Uint8Array(needed * 2);
    const length = decodeHuffman(bytes, start, end, this.scratch, 0);
    return length < 0 ? undefined : new Token(this.latin1(this.scratch, 0, length));
  }
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number, huffman: boolean): boolean {
  if (kept.length !== end - start + 1 || kept[0] !== (huffman ? 1 : 0)) return false;
  for (let index = 1; index < kept.length; index += 1) if (kept[index] !== bytes[start + index - 1]) return false;
  return true;
}

/** So many characters at once; more arguments would overflow the stack of some engines. */
const CHARACTERS_AT_ONCE = 4_096;

export function latin1OfBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += CHARACTERS_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHARACTERS_AT_ONCE)));
  }
  return text;
}
