import { Metadata } from '@grpc/grpc-js';
import { formatPrincipal, type Principal } from '@portolan/kernel';
import { childOf, currentTrace, writeTraceHeaders } from '@portolan/telemetry';

export const PRINCIPAL_HEADER = 'portolan-principal';
/** In the metadata of every answer: which instance gave it. */
export const INSTANCE_HEADER = 'portolan-instance';

/** What a call carries besides its request: who asks, in which trace, and the caller's own headers; name, value, name, value… */
export function outgoingFields(principal: Principal, headers: Readonly<Record<string, string>> | undefined): string[] {
  const fields = principal.kind === 'anonymous' ? [] : [PRINCIPAL_HEADER, formatPrincipal(principal)];
  const trace = currentTrace();
  if (trace !== undefined) fields.push(...Object.entries(writeTraceHeaders(childOf(trace))).flat());
  if (headers !== undefined) fields.push(...Object.entries(headers).flat());
  return fields;
}

/** The same for grpc-js. */
export function outgoingMetadata(
  principal: Principal,
  headers: Readonly<Record<string, string>> | undefined,
): Metadata {
  const metadata = new Metadata();
  const fields = outgoingFields(principal, headers);
  for (let index = 0; index < fields.length; index += 2) metadata.set(fields[index] ?? '', fields[index + 1] ?? '');
  return metadata;
}

export function readHeader(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

/** @param value in base64 when the name ends in `-bin` */
export function writeHeader(metadata: Metadata, name: string, value: string): void {
  metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
}
