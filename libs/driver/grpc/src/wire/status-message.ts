/** Bytes that go as they are; others as `%XX` (PROTOCOL-HTTP2.md, "Status-Message"). */
const isPlain = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e && byte !== 0x25;

/** The text of a status as a field's value. */
export function encodeStatusMessage(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text.toWellFormed())) {
    encoded += isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  // A field's value neither begins nor ends with white space.
  return encoded.replace(/^ | $/g, '%20');
}

/** What a peer sent; broken escapes stay as they are, as the description asks. */
export function decodeStatusMessage(value: string): string {
  if (!value.includes('%')) return value;
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 1) {
    const escaped = value.startsWith('%', at) ? value.slice(at + 1, at + 3) : '';
    if (/^[0-9a-fA-F]{2}$/.test(escaped)) {
      bytes.push(Number.parseInt(escaped, 16));
      at += 2;
    } else {
      bytes.push(value.charCodeAt(at) & 0xff);
    }
  }
  return Buffer.from(bytes).toString();
}
