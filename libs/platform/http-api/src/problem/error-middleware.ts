import { currentTrace, startTrace, type Logger } from '@portolan/telemetry';
import type { ErrorRequestHandler } from 'express';
import { setCaching } from '../caching.ts';
import type { ProblemView } from './problem-view.ts';
import { problemOf, type ProblemMapping } from './problem-of.ts';

/** Answers what was thrown on the way as an RFC 9457 problem. The last middleware of the app. */
export function problemMiddleware(logger: Logger, mapping: ProblemMapping): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    const { traceId } = currentTrace() ?? startTrace();
    const { problem, headers } = problemOf(error, { mapping, instance: request.path, traceId });
    logFault(logger, error, problem);
    if (response.headersSent) {
      next(error);
      return;
    }
    setCaching(response, 'problem');
    response.status(problem.status).set(headers).type('application/problem+json').json(problem);
  };
}

/** A service that is away is said in a line; what nobody foresaw, and what broke, with its stack and causes. */
function logFault(logger: Logger, error: unknown, { status, code, detail, traceId }: ProblemView): void {
  const fields = { event: 'problem', status, code, traceId };
  if (status === 503 || status === 504) logger.warn(fields, detail);
  else if (status >= 500) logger.error({ ...fields, err: error }, detail);
}
