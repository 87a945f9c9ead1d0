import { ERROR_CODE, errorCodeName, type ErrorCode, type FieldSection } from '@portolan/http2';
import { ERROR_TRAILER } from '@portolan/rpc/serving';
import { binaryOf } from '../wire/metadata.ts';
import { decodeStatusMessage } from '../wire/status-message.ts';

/** How a call ended, as the server or the transport says it. */
export interface ResponseStatus {
  readonly code: number;
  readonly message: string;
  /** What came in `ERROR_TRAILER`. */
  readonly detail: Buffer | undefined;
}

/** gRPC's status codes that the transport itself gives (grpc/doc/statuscodes.md). */
export const STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The status in trailers, or in a head that is also the end; undefined: there is none. */
export function statusOf(section: FieldSection): ResponseStatus | undefined {
  const code = section.get('grpc-status');
  if (code === undefined) return undefined;
  const detail = section.get(ERROR_TRAILER);
  return {
    code: /^\d{1,9}$/.test(code) ? Number(code) : STATUS.unknown,
    message: decodeStatusMessage(section.get('grpc-message') ?? ''),
    detail: detail === undefined ? undefined : binaryOf(detail),
  };
}

/** What an answer means that is no gRPC (grpc/doc/http-grpc-status-mapping.md). */
export function statusOfHttp(status: number, type: string | undefined): ResponseStatus {
  const message = status === 200 ? `an answer of type ${type ?? 'none'}` : `HTTP status ${status}`;
  return { code: HTTP_STATUS.get(status) ?? STATUS.unknown, message, detail: undefined };
}

const HTTP_STATUS: ReadonlyMap<number, number> = new Map<number, number>([
  [400, STATUS.internal],
  [401, STATUS.unauthenticated],
  [403, STATUS.permissionDenied],
  [404, STATUS.unimplemented],
  [429, STATUS.unavailable],
  [502, STATUS.unavailable],
  [503, STATUS.unavailable],
  [504, STATUS.unavailable],
]);

/** What the end of a stream without a status means (PROTOCOL-HTTP2.md, "Errors"). */
export function statusOfClose(code: ErrorCode, isUnprocessed: boolean, connectionLost: boolean): ResponseStatus {
  if (connectionLost) return { code: STATUS.unavailable, message: 'the connection was lost', detail: undefined };
  const message = `the stream was ended with ${errorCodeName(code)}`;
  if (isUnprocessed) return { code: STATUS.unavailable, message, detail: undefined };
  return { code: CLOSE_STATUS.get(code) ?? STATUS.internal, message, detail: undefined };
}

const CLOSE_STATUS: ReadonlyMap<ErrorCode, number> = new Map<ErrorCode, number>([
  [ERROR_CODE.refusedStream, STATUS.unavailable],
  [ERROR_CODE.cancel, STATUS.cancelled],
  [ERROR_CODE.enhanceYourCalm, STATUS.resourceExhausted],
  [ERROR_CODE.inadequateSecurity, STATUS.permissionDenied],
]);
