import type { Clock } from '@portolan/kernel';
import type { DestinationStream, Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createLogs, type LogFormat, type LogLevel } from './logs.ts';

export interface TelemetryOptions {
  /** The app's name: on each log line and each metric. */
  readonly app: string;
  /** This process among the app's, on each log line. */
  readonly instance?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly clock: Clock;
  /** Where log lines go: standard output. */
  readonly destination?: DestinationStream;
}

/** What a process says about itself: logs by module, and the metrics that the ops port shows. */
export interface Telemetry extends AsyncDisposable {
  /**
   * The logger of one part of the program. Its lines carry the module, and inside `runInTrace` the trace.
   * @param module fixed text, never data: `session`, `http`
   */
  logger(module: string): Logger;
  /** Where metrics are registered; holds those of the process, its event-loop delay and GC from the start. */
  readonly registry: Registry;
  /**
   * Changes a level at run time.
   * @param module as given to `logger`, or `*` for all of them and those to come
   * @throws UnknownModuleError
   */
  setLevel(module: string, level: LogLevel): void;
  /** The level of each module; `*` is what new ones get. */
  levels(): Readonly<Record<string, string>>;
}

/** Starts logs and metrics. Disposing forgets the metrics; log lines are written as they come and need no end. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { app, instance, destination } = options;
  const logs = createLogs({
    app,
    level: options.logLevel,
    format: options.logFormat,
    clock: options.clock,
    ...(instance !== undefined && { instance }),
    ...(destination !== undefined && { destination }),
  });
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return {
    ...logs,
    registry,
    [Symbol.asyncDispose]: async () => {
      registry.clear();
    },
  };
}
