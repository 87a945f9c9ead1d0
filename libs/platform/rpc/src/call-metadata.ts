import { Metadata } from '@grpc/grpc-js';
import { ANONYMOUS, formatPrincipal, parsePrincipal, type Principal } from '@portolan/kernel';
import { childOf, currentTrace, writeTraceHeaders } from '@portolan/telemetry';

const PRINCIPAL = 'portolan-principal';
/** In the metadata of every answer: which instance gave it. */
export const INSTANCE_HEADER = 'portolan-instance';

/** What a call carries besides its request: who asks, in which trace, and the caller's own headers. */
export function outgoingMetadata(
  principal: Principal,
  headers: Readonly<Record<string, string>> | undefined,
): Metadata {
  const metadata = new Metadata();
  if (principal.kind !== 'anonymous') metadata.set(PRINCIPAL, formatPrincipal(principal));
  const trace = currentTrace();
  if (trace !== undefined) setAll(metadata, writeTraceHeaders(childOf(trace)));
  if (headers !== undefined) setAll(metadata, headers);
  return metadata;
}

/** @throws MalformedPrincipalError */
export function principalOf(metadata: Metadata): Principal {
  const text = readHeader(metadata, PRINCIPAL);
  return text === undefined ? ANONYMOUS : parsePrincipal(text);
}

export function readHeader(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === 'string' ? value : undefined;
}

function setAll(metadata: Metadata, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
}
