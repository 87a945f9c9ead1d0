/** Text of bytes, one character a byte. A driver passes its runtime's own, which is several times as fast for long ones. */
export type Latin1 = (bytes: Uint8Array, start: number, end: number) => string;

/** So many characters at once; more arguments would overflow the stack of some engines. */
const CHARACTERS_AT_ONCE = 4_096;

export function latin1OfBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += CHARACTERS_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHARACTERS_AT_ONCE)));
  }
  return text;
}
