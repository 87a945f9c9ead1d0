/** Bytes by name, and tables of what each byte may be part of (RFC 9110 section 5.6.2, RFC 3986). */
export const HTAB = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const COMMA = 44;
export const COLON = 58;
export const SEMICOLON = 59;

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 1 for each character of the text. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < characters.length; index += 1) table[characters.charCodeAt(index)] = 1;
  return table;
}

/** `tchar`: methods, field names, connection options. */
export const TOKEN = tableOf(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`);

/**
 * Bytes of a request target: all that is visible in ASCII but `#`, since a fragment is never sent. Wider than RFC 3986: browsers
 * leave `|`, `[`, `{`, `^` and others as they are (URL standard), and none of them bends the request line.
 */
export const TARGET = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte += 1) TARGET[byte] = byte === 0x23 ? 0 : 1;

/** Bytes of a field value or reason phrase: visible, SP, HTAB, and `obs-text`. */
export const VALUE = new Uint8Array(256);
for (let byte = 0x20; byte < 0x100; byte += 1) VALUE[byte] = byte === 0x7f ? 0 : 1;
VALUE[HTAB] = 1;

/** Bytes of a registered name: `unreserved`, `pct-encoded`, `sub-delims`. */
export const REGISTERED_NAME = tableOf(`-._~%!$&'()*+,;=${ALPHANUMERIC}`);

/** Bytes between the brackets of an address, IPv6 or future. */
export const ADDRESS = tableOf(`:.-_~!$&'()*+,;=${ALPHANUMERIC}`);

/** Bytes of a URI's scheme after the first. */
export const SCHEME = tableOf(`+-.${ALPHANUMERIC}`);

/** A byte in lower case. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

export const NOT_HEX = 255;
/** What a hexadecimal digit is worth, or NOT_HEX. */
export const HEX = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  HEX[value.toString(16).charCodeAt(0)] = value;
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

export const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

export const isWhiteSpace = (byte: number): boolean => byte === SP || byte === HTAB;

/** Whether the bytes are this text, which is in lower case, in any case. */
export function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (LOWER[bytes[start + index] ?? 0] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether the bytes are exactly this text. */
export function isExactly(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether two ranges of bytes are the same in any case. */
export function isSameText(bytes: Uint8Array, start: number, end: number, other: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - other) return false;
  for (let index = 0; index < end - start; index += 1) {
    if (LOWER[bytes[start + index] ?? 0] !== LOWER[bytes[other + index] ?? 0]) return false;
  }
  return true;
}
