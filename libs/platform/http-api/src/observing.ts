import type { Clock } from '@portolan/kernel';
import { readTraceHeaders, runInTrace, type Logger, type Registry } from '@portolan/telemetry';
import type { RequestHandler } from 'express';
import { Counter, Histogram } from 'prom-client';

/** From an answer without calls to the default deadline. */
const BUCKETS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** A part that an answer did without. */
export interface MissingPart {
  readonly part: string;
  /** The code of the error it failed with. */
  readonly code: string;
}

export interface Observing {
  /** Continues the caller's trace and, when the answer is out, writes one line and one measurement. The first middleware. */
  readonly middleware: RequestHandler;
  /** An answer goes out without this part. */
  readonly onMissing: (missing: MissingPart) => void;
}

export function createObserving(clock: Clock, logger: Logger, registry: Registry): Observing {
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  const missing = new Counter({
    name: 'http_missing_parts_total',
    help: 'Answers that went out without an optional part, by why.',
    labelNames: ['part', 'code'],
    registers: [registry],
  });
  return {
    middleware: (request, response, next) => {
      const trace = readTraceHeaders((name) => request.get(name));
      const startedAt = clock.now();
      response.once('close', () => {
        const durationMs = clock.now() - startedAt;
        const status = response.writableFinished ? response.statusCode : 'client-gone';
        // The pattern, never the path: metrics have few labels.
        const route: unknown = request.route;
        const pattern = typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'none';
        durations.observe({ method: request.method, route: pattern, status: String(status) }, durationMs / 1_000);
        const line = { event: 'request', method: request.method, path: request.path, status, durationMs };
        runInTrace(trace, () => {
          logger.info(line, `${request.method} ${request.path} ${status}`);
        });
      });
      runInTrace(trace, next);
    },
    onMissing: ({ part, code }) => {
      missing.inc({ part, code });
      logger.info({ event: 'part-missing', part, code }, `an answer goes out without ${part}`);
    },
  };
}
