import type { Duplex } from 'node:stream';
import { startTrace } from '@portolan/telemetry';
import { HeadTooLargeError, MalformedRequestError, SlowRequestError, type GatewayError } from '../errors.ts';
import { HEADER_BYTES_MAX, HEADERS_TIMEOUT_MS } from './limits.ts';
import { problemOf, writeRawProblem } from './problem.ts';

/** Answers what Node's parser would not take for a request, and ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): GatewayError | undefined {
  // The client went away; nobody is left to be told.
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy(error);
    return undefined;
  }
  const refusal = refusalOf(error);
  writeRawProblem(socket, problemOf(refusal, startTrace().traceId));
  return refusal;
}

function refusalOf(error: NodeJS.ErrnoException): GatewayError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new SlowRequestError('the request did not arrive in time', {
        fix: `send the head of a request within ${HEADERS_TIMEOUT_MS} ms`,
        cause: error,
      });
    case 'HPE_HEADER_OVERFLOW':
      return new HeadTooLargeError(`the head of the request is larger than ${HEADER_BYTES_MAX} bytes`, {
        fix: 'send fewer or smaller fields, such as cookies',
        cause: error,
      });
    default:
      return new MalformedRequestError(`this is no HTTP/1.1 request: ${error.message}`, {
        fix: 'send HTTP/1.1 as RFC 9112 has it, unencrypted',
        cause: error,
      });
  }
}
