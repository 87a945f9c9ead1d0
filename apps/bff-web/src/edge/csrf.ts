import { HttpError } from '@portolan/http-api';
import type { ErrorKind } from '@portolan/kernel';
import type { RequestHandler } from 'express';

/** A foreign page's form cannot send a header of its own, and its script may not before a preflight that we refuse. */
export const CSRF_HEADER = 'X-Portolan-Csrf';

/** A write without the header that no foreign page can send. */
export class CsrfHeaderMissingError extends HttpError {
  readonly code = 'BFF_WEB_CSRF_HEADER_MISSING';
  readonly kind: ErrorKind = 'forbidden';
  readonly status = 403;
}

/** Stands before every write. */
export const requireCsrfHeader: RequestHandler = (request, _response, next) => {
  if (request.get(CSRF_HEADER) !== '1') {
    throw new CsrfHeaderMissingError(`a ${request.method} without the header ${CSRF_HEADER}`, {
      fix: `send ${CSRF_HEADER}: 1 with every write`,
      errors: [{ parameter: CSRF_HEADER, detail: 'must be 1' }],
    });
  }
  next();
};
