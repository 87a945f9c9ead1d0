import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { httpStatusOf } from '@portolan/rpc';
import type { FieldProblem, ProblemView } from './problem-view.ts';
import { BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError, HttpError } from './http-error.ts';

/** A restarted instance is back in the catalog within this time. */
const RETRY_UNAVAILABLE_S = 2;
/** The same order, placed a moment ago, is done within this time. */
const RETRY_CONFLICT_S = 1;

const TITLES = {
  invalid: 'The request is wrong',
  'out-of-range': 'The request is wrong',
  'not-found': 'There is no such thing',
  conflict: 'Somebody else was faster',
  precondition: 'Not in this state',
  unauthenticated: 'Who are you?',
  forbidden: 'Not allowed',
  exhausted: 'Too much',
  unavailable: 'Not just now',
  deadline: 'It took too long',
  cancelled: 'Nobody waits for it',
  unimplemented: 'Not possible',
  internal: 'Something failed on our side',
} as const satisfies Record<ErrorKind, string>;

/** How the codes of one API's services are told to its clients. */
export interface ProblemMapping {
  /** Refusals whose status is more exact than that of their kind. */
  readonly statusOfCode: Readonly<Record<string, number>>;
  /** Refusals that name wrong fields of the body in their context: `lines[0].quantity`. */
  readonly codesWithFields: readonly string[];
}

export interface ProblemAnswer {
  readonly problem: ProblemView;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProblemContext {
  readonly mapping: ProblemMapping;
  /** The path asked for. */
  readonly instance: string;
  readonly traceId: string;
}

/** The answer to a request that failed: RFC 9457, in one place. Of what is our fault it tells only how to find it in the logs. */
export function problemOf(thrown: unknown, { mapping, instance, traceId }: ProblemContext): ProblemAnswer {
  const error = errorOf(thrown);
  if (error === undefined) {
    const problem = {
      ...classOf('HTTP_INTERNAL', 'internal'),
      status: httpStatusOf('internal'),
      detail: 'the request could not be answered',
      fix: 'try again; if it stays so, report the trace id',
    };
    return { problem: { ...problem, instance, traceId }, headers: {} };
  }
  const web = error instanceof HttpError ? error : undefined;
  const problem: ProblemView = {
    ...classOf(error.code, error.kind),
    status: web?.status ?? mapping.statusOfCode[error.code] ?? httpStatusOf(error.kind),
    detail: error.message,
    instance,
    fix: error.fix,
    traceId,
    ...(web !== undefined && web.errors.length > 0 && { errors: [...web.errors] }),
    ...(mapping.codesWithFields.includes(error.code) && { errors: fieldsOf(error) }),
    ...web?.extensions,
  };
  return { problem, headers: { ...retryAfter(error.kind), ...web?.headers } };
}

/** The wrong fields that a service names in its context: `lines[0].quantity` is /lines/0/quantity of the body. */
const fieldsOf = ({ context }: PortolanError): FieldProblem[] =>
  Object.entries(context).map(([field, detail]) => ({
    pointer: `/${field.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`,
    detail: String(detail),
  }));

const classOf = (code: string, kind: ErrorKind): Pick<ProblemView, 'type' | 'title' | 'code'> => ({
  type: `urn:portolan:problem:${code.toLowerCase().replaceAll('_', '-')}`,
  title: TITLES[kind],
  code,
});

function retryAfter(kind: ErrorKind): Readonly<Record<string, string>> {
  if (kind === 'unavailable') return { 'Retry-After': String(RETRY_UNAVAILABLE_S) };
  if (kind === 'conflict' || kind === 'exhausted') return { 'Retry-After': String(RETRY_CONFLICT_S) };
  return {};
}

/** Undefined: nobody foresaw it. */
function errorOf(thrown: unknown): PortolanError | undefined {
  if (thrown instanceof PortolanError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  return errorOfExpress(thrown);
}

/** What Express and its body parser throw carries an HTTP status. */
function errorOfExpress(error: Error): HttpError | undefined {
  const status = 'status' in error ? error.status : undefined;
  switch (status) {
    case 400:
      return new BadRequestError(`the request cannot be read: ${error.message}`, {
        fix: 'send what the OpenAPI document at /openapi.json describes',
        cause: error,
      });
    case 413:
      return new BodyTooLargeError('the body is too large', { fix: 'send at most 100 KB', cause: error });
    case 415:
      return new UnsupportedMediaTypeError(`the body cannot be read: ${error.message}`, {
        fix: 'send application/json in UTF-8, plain or compressed by gzip, br or deflate',
        cause: error,
      });
    default:
      return undefined;
  }
}
