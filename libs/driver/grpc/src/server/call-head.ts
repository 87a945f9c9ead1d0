import type { FieldSection } from '@portolan/http2';
import { MalformedCallError, UnknownEncodingError } from '../call-errors.ts';
import { ACCEPTED_ENCODINGS, encodingOf, type MessageEncoding } from '../wire/compression.ts';
import type { Fields } from '../wire/metadata.ts';
import { parseTimeout } from '../wire/timeout.ts';

/** What is answered in HTTP to what is no gRPC (PROTOCOL-HTTP2.md); undefined: it is gRPC. */
export function httpRefusal(head: FieldSection): Fields | undefined {
  if (head.method !== 'POST') return [':status', '405', 'allow', 'POST'];
  const type = head.get('content-type');
  if (type === 'application/grpc') return undefined;
  if (type?.startsWith('application/grpc+') === true || type?.startsWith('application/grpc;') === true)
    return undefined;
  return [':status', '415', 'accept', 'application/grpc'];
}

/** @throws UnknownEncodingError */
export function readEncoding(head: FieldSection): MessageEncoding {
  const named = head.get('grpc-encoding');
  const encoding = encodingOf(named);
  if (encoding === undefined) throw new UnknownEncodingError(named ?? '', ACCEPTED_ENCODINGS);
  return encoding;
}

/** @returns ms; undefined: the caller waits as long as it takes. @throws MalformedCallError */
export function readTimeout(head: FieldSection): number | undefined {
  const text = head.get('grpc-timeout');
  if (text === undefined) return undefined;
  const timeoutMs = parseTimeout(text);
  if (timeoutMs === undefined)
    throw new MalformedCallError(`grpc-timeout ${JSON.stringify(text.slice(0, 50))} is none`);
  return timeoutMs;
}
