import type { ErrorKind } from '@portolan/kernel';

export interface Refusal {
  /** What a server answers. */
  readonly status: number;
  readonly kind: ErrorKind;
  readonly why: string;
}

const invalid = (why: string): Refusal => ({ status: 400, kind: 'invalid', why });
const tooMuch = (status: number, why: string): Refusal => ({ status, kind: 'exhausted', why });
const notHere = (status: number, why: string): Refusal => ({ status, kind: 'unimplemented', why });

/**
 * Why a message is refused: one row a reason, and nothing is repaired. Two readers of one message who disagree about where it ends
 * are a hole (request smuggling), so whatever somebody might read differently is not read at all. `refusal.spec.ts` reaches each row.
 */
export const REFUSALS = {
  // Anywhere in a head.
  'bare-cr': invalid('a CR that no LF follows'),
  'bare-lf': invalid('a LF that follows no CR'),
  'control-character': invalid('a control character'),
  // The start line.
  'request-line': invalid('a request line that is not method, target and version with one space between each'),
  version: invalid('a start line without HTTP/1.1 or HTTP/1.0'),
  'version-unsupported': notHere(505, 'a version of HTTP other than 1.1 and 1.0'),
  'method-too-long': notHere(501, 'a method over the limit'),
  'uri-too-long': tooMuch(414, 'a request target over the limit'),
  target: invalid('a request target that is not of the form that its method asks for'),
  'status-line': invalid('a status line that is not version, three digits and a phrase'),
  // Fields.
  'obs-fold': invalid('a line that begins with white space'),
  'space-before-colon': invalid('white space between a field name and its colon'),
  'field-name': invalid('a field line that does not begin with a name and a colon'),
  'head-too-long': tooMuch(431, 'a head over the limit'),
  'too-many-fields': tooMuch(431, 'more fields than the limit'),
  'host-missing': invalid('a request without Host'),
  'host-repeated': invalid('several Host fields'),
  'host-value': invalid('a Host that is not host and port'),
  'host-mismatch': invalid('a Host other than the authority of the target'),
  'content-length': invalid('a Content-Length that is not one number'),
  'content-length-repeated': invalid('several Content-Length fields'),
  'content-length-and-transfer-encoding': invalid('both Content-Length and Transfer-Encoding'),
  'transfer-encoding': invalid('a Transfer-Encoding that is not chunked'),
  'transfer-encoding-repeated': invalid('several Transfer-Encoding fields'),
  'transfer-coding-unsupported': notHere(501, 'a transfer coding besides chunked'),
  'transfer-encoding-in-1.0': invalid('Transfer-Encoding in HTTP/1.0'),
  'connection-option': invalid('a Connection field that is no list of names, or names Host or Content-Length'),
  'too-many-connection-options': invalid('more connection options than the limit'),
  'connect-content': invalid('CONNECT with content'),
  expectation: { status: 417, kind: 'unimplemented', why: 'an expectation other than 100-continue' },
  // Content.
  'content-too-long': tooMuch(413, 'content over the limit'),
  'chunk-size': invalid('a chunk size that is not hexadecimal digits'),
  'chunk-size-too-long': invalid('a chunk size with more digits than the limit'),
  'chunk-extension': invalid('a chunk extension that is not a name, or a name and a value'),
  'chunk-extensions-too-long': invalid('chunk extensions over the limit'),
  'chunk-end': invalid('a chunk that CRLF does not end'),
  'trailers-too-long': tooMuch(431, 'trailers over the limit'),
  'trailer-field': invalid('a trailer field that says how the message is framed or routed'),
  'pipelined-too-much': tooMuch(400, 'more input behind a request than the limit, read although it was not wanted'),
  // Responses.
  unsolicited: invalid('bytes that answer no request'),
  'switch-unasked': invalid('a switch of protocols that was not asked for'),
  'too-many-interims': tooMuch(400, 'more interim responses than the limit'),
} as const satisfies Record<string, Refusal>;

export type RefusalReason = keyof typeof REFUSALS;
