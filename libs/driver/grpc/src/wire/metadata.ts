import type { FieldSection } from '@portolan/http2';

/** What belongs to the transport and is not shown to handlers. */
const TRANSPORT: ReadonlySet<string> = new Set([
  'te',
  'content-type',
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'grpc-status',
  'grpc-message',
]);

/** Name, value, name, value… */
export type Fields = readonly string[];

/** The metadata of a head or of trailers: a copy, since those are lent. */
export function metadataOf(section: FieldSection): Fields {
  const fields: string[] = [];
  pushMetadata(section, fields);
  return fields;
}

/** Adds the metadata of a head to fields. */
export function pushMetadata(section: FieldSection, fields: string[]): void {
  for (let index = 0; index < section.size; index += 1) {
    const name = section.name(index);
    if (!TRANSPORT.has(name)) fields.push(name, section.value(index));
  }
}

/** What the metadata of a section counts against a limit, in bytes. */
export function metadataBytes(section: FieldSection): number {
  let bytes = 0;
  for (let index = 0; index < section.size; index += 1) {
    const name = section.name(index);
    if (!TRANSPORT.has(name)) bytes += name.length + section.value(index).length;
  }
  return bytes;
}

/** As they count against a limit. */
export function bytesOf(fields: Fields): number {
  let bytes = 0;
  for (const text of fields) bytes += text.length;
  return bytes;
}

/** The first value of a name in lower case. */
export function valueOf(fields: Fields, name: string): string | undefined {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
}

/** As handlers are shown it: the bytes of a name that ends in `-bin` in base64. */
export function metadataValue(fields: Fields, name: string): string | undefined {
  const value = valueOf(fields, name);
  return value !== undefined && name.endsWith('-bin') ? binaryOf(value).toString('base64') : value;
}

/** A binary value: base64, padded or not; of several in one field the first. */
export function binaryOf(value: string): Buffer {
  return Buffer.from(value.split(',', 1)[0] ?? '', 'base64');
}

export const binaryText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/, '');
