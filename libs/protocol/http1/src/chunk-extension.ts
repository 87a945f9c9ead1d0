import { CR, isWhiteSpace, LF, SEMICOLON, TOKEN, VALUE } from './character.ts';
import { refuse } from './connection-error.ts';

const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

const AT = {
  /** Behind the size, which white space followed: a semicolon is due. */
  beforeSemicolon: 0,
  beforeName: 1,
  name: 2,
  behindName: 3,
  beforeValue: 4,
  value: 5,
  quoted: 6,
  escaped: 7,
  behindQuotes: 8,
  behindValue: 9,
} as const;

type Place = (typeof AT)[keyof typeof AT];

/**
 * Follows the extensions of a chunk's size, `;name` or `;name=value` (RFC 9112, section 7.1.1), with white space where it is bad but
 * allowed: none is at the end of the line. They say nothing to us, but who reads a size elsewhere may end here elsewhere.
 */
export class ChunkExtension {
  private at: Place = AT.beforeSemicolon;

  /** @param byte the first behind the size: a semicolon, or white space before one */
  begin(byte: number): void {
    this.at = byte === SEMICOLON ? AT.beforeName : AT.beforeSemicolon;
  }

  /** @returns whether the byte was the CR that ends the line @throws Http1MessageError */
  take(byte: number): boolean {
    const { at } = this;
    if (at === AT.quoted || at === AT.escaped) {
      this.takeQuoted(byte);
      return false;
    }
    if (byte === CR && (at === AT.name || at === AT.value || at === AT.behindQuotes)) return true;
    if (byte === LF) refuse('bare-lf');
    const next = nextPlace(at, byte);
    if (next === undefined) refuse(at === AT.beforeSemicolon ? 'chunk-size' : 'chunk-extension');
    this.at = next;
    return false;
  }

  private takeQuoted(byte: number): void {
    if (VALUE[byte] !== 1) refuse('chunk-extension');
    if (this.at === AT.escaped) this.at = AT.quoted;
    else if (byte === QUOTE) this.at = AT.behindQuotes;
    else if (byte === BACKSLASH) this.at = AT.escaped;
  }
}

function nextPlace(at: Place, byte: number): Place | undefined {
  if (byte === SEMICOLON) return at === AT.beforeName || at === AT.beforeValue ? undefined : AT.beforeName;
  if (isWhiteSpace(byte)) {
    if (at === AT.name) return AT.behindName;
    return at === AT.value || at === AT.behindQuotes ? AT.behindValue : at;
  }
  if (byte === EQUALS) return at === AT.name || at === AT.behindName ? AT.beforeValue : undefined;
  if (byte === QUOTE) return at === AT.beforeValue ? AT.quoted : undefined;
  if (TOKEN[byte] !== 1) return undefined;
  if (at === AT.beforeName || at === AT.name) return AT.name;
  return at === AT.beforeValue || at === AT.value ? AT.value : undefined;
}
