import { currentTrace, startTrace, type Logger } from '@portolan/telemetry';
import type { ErrorRequestHandler } from 'express';
import { setCaching } from '../edge/caching.ts';
import { problemOf } from './problem-of.ts';

/** Statuses from here on are our fault, so that the log tells why. */
const OUR_FAULT = 500;

/** Answers what was thrown on the way as an RFC 9457 problem. The last middleware of the app. */
export function problemMiddleware(logger: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    const { traceId } = currentTrace() ?? startTrace();
    const { problem, headers } = problemOf(error, { instance: request.path, traceId });
    if (problem.status >= OUR_FAULT) {
      logger.error({ err: error, code: problem.code, status: problem.status, traceId }, problem.detail);
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    setCaching(response, 'problem');
    response.status(problem.status).set(headers).type('application/problem+json').json(problem);
  };
}
