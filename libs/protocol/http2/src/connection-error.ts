import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { errorCodeName, type ErrorCode } from './frame.ts';

/** The connection cannot go on (RFC 9113, section 5.4.1): GOAWAY says so, and every stream ends with it. */
export class Http2ConnectionError extends PortolanError {
  readonly code = 'HTTP2_CONNECTION';
  readonly kind: ErrorKind = 'invalid';
  /** What GOAWAY carries. */
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, why: string) {
    super(`${errorCodeName(errorCode)}: ${why}`, {
      fix: 'open another connection; if it happens again, the peer breaks RFC 9113 as the message says',
      context: { errorCode },
    });
    this.errorCode = errorCode;
  }
}

/** A field that may not be sent: the caller passed text from outside without looking at it. */
export class Http2FieldError extends PortolanError {
  readonly code = 'HTTP2_FIELD';
  readonly kind: ErrorKind = 'invalid';

  constructor(name: string, why: string) {
    super(`field ${JSON.stringify(name.slice(0, 100))} ${why}`, {
      fix: 'send names in lower case, and values of latin1 characters without CR, LF, NUL and white space at their ends',
    });
  }
}
