import { PortolanError, type ErrorDetails, type ErrorKind } from '@portolan/kernel';
import type { FieldProblem } from './problem-view.ts';

export interface HttpErrorDetails extends ErrorDetails {
  readonly errors?: readonly FieldProblem[];
  /** Members of the problem besides those that every problem has (RFC 9457 §3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal whose HTTP status says more than its kind does. */
export abstract class HttpError extends PortolanError {
  abstract readonly status: number;
  readonly errors: readonly FieldProblem[];
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Sent with the problem: `Allow`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, details: HttpErrorDetails) {
    super(message, details);
    this.errors = details.errors ?? [];
    this.extensions = details.extensions ?? {};
    this.headers = details.headers ?? {};
  }
}

/** A path, query, header or JSON text that cannot be read. */
export class BadRequestError extends HttpError {
  readonly code = 'HTTP_BAD_REQUEST';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 400;
}

/** A body that can be read, and asks for what cannot be. */
export class UnprocessableError extends HttpError {
  readonly code = 'HTTP_UNPROCESSABLE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 422;
}

/** There is nothing at this path. */
export class RouteNotFoundError extends HttpError {
  readonly code = 'HTTP_ROUTE_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';
  readonly status = 404;
}

/** The path is there, but not for this method; `Allow` says for which. */
export class MethodNotAllowedError extends HttpError {
  readonly code = 'HTTP_METHOD_NOT_ALLOWED';
  readonly kind: ErrorKind = 'unimplemented';
  readonly status = 405;
}

/** A body over 100 KB. */
export class BodyTooLargeError extends HttpError {
  readonly code = 'HTTP_BODY_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 413;
}

/** A body that is not JSON, or in a charset or encoding that is not read. */
export class UnsupportedMediaTypeError extends HttpError {
  readonly code = 'HTTP_UNSUPPORTED_MEDIA_TYPE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 415;
}

/** This process answers as many requests as it may already. */
export class OverloadedError extends HttpError {
  readonly code = 'HTTP_OVERLOADED';
  readonly kind: ErrorKind = 'unavailable';
  readonly status = 503;
}

/** A client made more requests than it may in a while. */
export class RateLimitedError extends HttpError {
  readonly code = 'HTTP_RATE_LIMITED';
  readonly kind: ErrorKind = 'exhausted';
  readonly status = 429;
}
