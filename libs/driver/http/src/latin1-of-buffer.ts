/** Fast text of bytes, one character a byte. */
export function latin1OfBuffer(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
