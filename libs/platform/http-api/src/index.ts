export { admission, REQUESTS_IN_FLIGHT_MAX } from './admission.ts';
export { setCaching, type Caching } from './caching.ts';
export { forwardedPrefix } from './forwarded-prefix.ts';
export { BODY_BYTES_MAX, readJsonBody } from './json-body.ts';
export { createObserving, type MissingPart, type Observing } from './observing.ts';
export { problemMiddleware } from './problem/error-middleware.ts';
export {
  BadRequestError,
  BodyTooLargeError,
  HttpError,
  MethodNotAllowedError,
  OverloadedError,
  RateLimitedError,
  RouteNotFoundError,
  UnprocessableError,
  UnsupportedMediaTypeError,
  type HttpErrorDetails,
} from './problem/http-error.ts';
export { problemOf, type ProblemAnswer, type ProblemContext, type ProblemMapping } from './problem/problem-of.ts';
export { problemShape, type FieldProblem, type ProblemView } from './problem/problem-view.ts';
export { rateLimit, TRUSTED_PROXIES } from './rate-limit.ts';
export { readBody, readHeader, readParameter, readQuery } from './read-request.ts';
export { addResource, routeNotFound, type Methods } from './resource.ts';
