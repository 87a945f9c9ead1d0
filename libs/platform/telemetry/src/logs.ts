import { isatty } from 'node:tty';
import { assert, PortolanError, type Clock, type ErrorKind } from '@portolan/kernel';
import { destination, pino, type DestinationStream, type Logger } from 'pino';
import pinoPretty from 'pino-pretty';
import { currentTrace } from './trace.ts';

/** From all to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto`: pretty on a terminal, JSON lines otherwise. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Loggers are named after parts of the program, of which there are dozens; more means that data got into a name. */
const MODULES_MAX = 256;

const STDOUT = 1;
const { prettyFactory } = pinoPretty;

/** A level was set for a module that never asked for a logger. */
export class UnknownModuleError extends PortolanError {
  readonly code = 'TELEMETRY_UNKNOWN_MODULE';
  readonly kind: ErrorKind = 'not-found';
}

export interface LogOptions {
  readonly app: string;
  readonly instance?: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
  /** Where lines go: standard output. */
  readonly destination?: DestinationStream;
}

/** One logger a module, each with its own level. */
export interface Logs {
  logger(module: string): Logger;
  /** @throws UnknownModuleError */
  setLevel(module: string, level: LogLevel): void;
  levels(): Readonly<Record<string, string>>;
}

export function createLogs(options: LogOptions): Logs {
  const root = pino(
    {
      level: options.level,
      base: { app: options.app, ...(options.instance !== undefined && { instance: options.instance }) },
      timestamp: () => `,"time":"${new Date(options.clock.epoch()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const trace = currentTrace();
        return trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId };
      },
    },
    lineStream(options),
  );
  const loggers = new Map<string, Logger>();
  const logger = (module: string): Logger => {
    const known = loggers.get(module);
    if (known !== undefined) return known;
    assert(loggers.size < MODULES_MAX, `more than ${MODULES_MAX} log modules: a module name is fixed text`);
    const created = root.child({ module }, { level: root.level });
    loggers.set(module, created);
    return created;
  };
  return {
    logger,
    setLevel: (module, level) => {
      if (module === '*') {
        root.level = level;
        for (const each of loggers.values()) each.level = level;
        return;
      }
      const known = loggers.get(module);
      if (known === undefined) {
        throw new UnknownModuleError(`no module is called "${module}"`, {
          fix: `name one of these, or * for all: ${[...loggers.keys()].sort().join(', ')}`,
          context: { module },
        });
      }
      known.level = level;
    },
    levels: () => ({
      '*': root.level,
      ...Object.fromEntries([...loggers].map(([module, each]) => [module, each.level])),
    }),
  };
}

// Written as it is logged, by this thread: a line is out before a crash, and no worker outlives the process.
function lineStream(options: LogOptions): DestinationStream {
  const lines = options.destination ?? destination({ fd: STDOUT, sync: true });
  const terminal = options.destination === undefined && isatty(STDOUT);
  if (options.format === 'json' || (options.format === 'auto' && !terminal)) return lines;
  const prettify = prettyFactory({
    colorize: terminal,
    ignore: 'app,instance,module',
    messageFormat: '{module}: {msg}',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return {
    write: (line) => {
      lines.write(prettify(line));
    },
  };
}
