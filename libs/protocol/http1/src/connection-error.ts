import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { REFUSALS, type RefusalReason } from './refusal.ts';

/** What a gateway answers its own client when a response could not be read. */
const BAD_GATEWAY = 502;

/** What the peer sent is no HTTP/1.1 message, or more than a limit allows: the connection ends. */
export class Http1MessageError extends PortolanError {
  readonly code = 'HTTP1_MESSAGE';
  readonly kind: ErrorKind;
  readonly reason: RefusalReason;
  /** Of a request: what a server answers. Of a response: 502, for whoever waits for it. */
  readonly status: number;

  constructor(reason: RefusalReason, role: 'server' | 'client' = 'server') {
    const refusal = REFUSALS[reason];
    const status = role === 'server' ? refusal.status : BAD_GATEWAY;
    super(refusal.why, {
      fix: 'send what RFC 9110 and RFC 9112 say, within the limits; nothing is repaired here',
      context: { reason, status },
    });
    this.kind = refusal.kind;
    this.reason = reason;
    this.status = status;
  }
}

/** The peer ended the connection in the middle of a message. */
export class Http1ClosedError extends PortolanError {
  readonly code = 'HTTP1_CLOSED';
  readonly kind: ErrorKind = 'unavailable';
  readonly status: number;
  /** Not a byte of the response came (client): a request that may be sent twice can be sent again on another connection. */
  readonly isUnanswered: boolean;

  constructor(role: 'server' | 'client', isUnanswered: boolean) {
    super(isUnanswered ? 'the peer closed before it answered' : 'the peer closed in the middle of a message', {
      fix: isUnanswered ? 'send the request again on another connection, if it may come twice' : 'ask again',
      context: { isUnanswered },
    });
    this.status = role === 'server' ? 400 : BAD_GATEWAY;
    this.isUnanswered = isUnanswered;
  }
}

/** The driver waited for the peer as long as it would. */
export class Http1TimeoutError extends PortolanError {
  readonly code = 'HTTP1_TIMEOUT';
  readonly kind: ErrorKind = 'deadline';
  /** 408 of a request; 504 of a response. */
  readonly status: number;

  constructor(role: 'server' | 'client', phase: string) {
    super(`the peer took too long: ${phase}`, { fix: 'send faster, or raise the time-out', context: { phase } });
    this.status = role === 'server' ? 408 : 504;
  }
}

/** What ends a connection. Each has a `status`: what to answer whoever waits. */
export type Http1ConnectionError = Http1MessageError | Http1ClosedError | Http1TimeoutError;

/** A head, field or trailer that may not be sent: the caller passed text from outside without looking at it. */
export class Http1FieldError extends PortolanError {
  readonly code = 'HTTP1_FIELD';
  readonly kind: ErrorKind = 'invalid';

  constructor(name: string, why: string) {
    super(`${JSON.stringify(name.slice(0, 100))} ${why}`, {
      fix: 'send names that are tokens, and values of latin1 characters without control characters and white space at their ends',
    });
  }
}

export function refuse(reason: RefusalReason): never {
  throw new Http1MessageError(reason);
}
