import { OUTPUT_BYTES_MAX } from '@portolan/catalog';

/** What is left of an output that is too long for the catalog, in whole characters. */
export function cutOutput(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= OUTPUT_BYTES_MAX) return text;
  let end = OUTPUT_BYTES_MAX;
  // Back to the first byte of a character (RFC 3629).
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
