import { PortolanError, type ErrorDetails, type ErrorKind } from '@portolan/kernel';
import type { FieldProblem, Shortage } from '../views/problem.ts';

export interface WebErrorDetails extends ErrorDetails {
  readonly errors?: readonly FieldProblem[];
  readonly shortages?: readonly Shortage[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal whose HTTP status says more than its kind does. */
export abstract class WebError extends PortolanError {
  abstract readonly status: number;
  readonly errors: readonly FieldProblem[];
  readonly shortages: readonly Shortage[];
  /** Sent with the problem: `Allow`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, details: WebErrorDetails) {
    super(message, details);
    this.errors = details.errors ?? [];
    this.shortages = details.shortages ?? [];
    this.headers = details.headers ?? {};
  }
}

/** A path, query, header or JSON text that cannot be read. */
export class BadRequestError extends WebError {
  readonly code = 'BFF_WEB_BAD_REQUEST';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 400;
}

/** A body that can be read, and asks for what cannot be. */
export class UnprocessableError extends WebError {
  readonly code = 'BFF_WEB_UNPROCESSABLE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 422;
}

/** A write without the header that no foreign page can send. */
export class CsrfHeaderMissingError extends WebError {
  readonly code = 'BFF_WEB_CSRF_HEADER_MISSING';
  readonly kind: ErrorKind = 'forbidden';
  readonly status = 403;
}

/** No session, or one that has ended. */
export class SessionRequiredError extends WebError {
  readonly code = 'BFF_WEB_SESSION_REQUIRED';
  readonly kind: ErrorKind = 'unauthenticated';
  readonly status = 401;
}

/** There is nothing at this path. */
export class RouteNotFoundError extends WebError {
  readonly code = 'BFF_WEB_ROUTE_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';
  readonly status = 404;
}

/** The path is there, but not for this method; `Allow` says for which. */
export class MethodNotAllowedError extends WebError {
  readonly code = 'BFF_WEB_METHOD_NOT_ALLOWED';
  readonly kind: ErrorKind = 'unimplemented';
  readonly status = 405;
}

/** A body over 100 KB. */
export class BodyTooLargeError extends WebError {
  readonly code = 'BFF_WEB_BODY_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 413;
}

/** A body that is not JSON, or in a charset or encoding that is not read. */
export class UnsupportedMediaTypeError extends WebError {
  readonly code = 'BFF_WEB_UNSUPPORTED_MEDIA_TYPE';
  readonly kind: ErrorKind = 'invalid';
  readonly status = 415;
}

/** Too little of a product to place an order. */
export class OutOfStockError extends WebError {
  readonly code = 'BFF_WEB_OUT_OF_STOCK';
  readonly kind: ErrorKind = 'precondition';
  readonly status = 409;
}

/** This process answers as many requests as it may already. */
export class OverloadedError extends WebError {
  readonly code = 'BFF_WEB_OVERLOADED';
  readonly kind: ErrorKind = 'unavailable';
  readonly status = 503;
}
