import type { Brand } from '@portolan/kernel';

/**
 * The bytes of a key as a string with one character (0 to 255) per byte: it compares by bytes, fast, and works in a Map.
 * Never print it or cut it as text: `keyToText` gives the text back.
 */
export type Key = Brand<string, 'Key'>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** As `rangeEnd` on the wire: every key from the start on. */
export const FROM_KEY = '\0' as Key;

/** The key whose bytes are `text` in UTF-8. */
export function keyOf(text: string): Key {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return keyFromBytes(encoder.encode(text));
  }
  return text as Key;
}

/** Hot path: each key of each request and log entry. */
export function keyFromBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): Key {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', start, end) as Key;
}

export function keyToBytes(key: Key): Uint8Array {
  return Buffer.from(key, 'latin1');
}

/** The text of a key made by `keyOf`; bytes that are no UTF-8 become U+FFFD. */
export function keyToText(key: Key): string {
  return decoder.decode(keyToBytes(key));
}

/**
 * The first key after all keys that start with `key`.
 * @returns FROM_KEY when there is none: `key` is empty, or all its bytes are 255
 */
export function prefixEnd(key: Key): Key {
  for (let index = key.length - 1; index >= 0; index -= 1) {
    const byte = key.charCodeAt(index);
    if (byte < 0xff) return (key.slice(0, index) + String.fromCharCode(byte + 1)) as Key;
  }
  return FROM_KEY;
}
