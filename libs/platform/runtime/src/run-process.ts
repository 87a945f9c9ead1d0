import { PortolanError, type Clock } from '@portolan/kernel';
import type { Life } from './life.ts';

/** The part of a logger that the life of a process needs; pino's fits. */
export interface ProcessLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

export interface ProcessOptions {
  /** The app's name, for the log. */
  readonly name: string;
  readonly logger: ProcessLogger;
  readonly clock: Clock;
  /** How long a drain may take, in ms, before the process ends without waiting on. */
  readonly drainDeadlineMs: number;
  /** A signal that comes again within this, in ms, is the same one, sent on by a parent such as npm. Default: 0. */
  readonly signalEchoMs?: number;
  readonly process: NodeJS.Process;
}

/** Exit code of a shell for a process ended by a signal: 128 + its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs an app from start to end. What `body` opens is closed in reverse when it returns, after a signal as after an error.
 *
 * - SIGTERM, SIGINT: aborts `life.signal`; the body returns and everything drains, until `drainDeadlineMs`. Exit code 0.
 * - A second signal ends at once with 130 or 143; a drain past its deadline names what it waits for and ends with 1.
 * - A failed start, an unhandled rejection, an uncaught exception: logged, exit code 1.
 * - The parent of a child with an IPC channel goes away: as SIGTERM, so that a killed supervisor leaves no process.
 */
export async function runProcess(options: ProcessOptions, body: (life: Life) => Promise<void>): Promise<void> {
  const { name, logger, clock, process } = options;
  const termination = new AbortController();
  const closing: string[] = [];
  let drainTimer: { cancel(): void } | undefined;

  const logFatal = (message: string, error: unknown): void => {
    const fix = error instanceof PortolanError ? { code: error.code, fix: error.fix } : {};
    logger.fatal({ event: 'fatal', err: error, ...fix }, message);
  };
  const fatal = (message: string, error: unknown): never => {
    logFatal(message, error);
    return process.exit(1);
  };
  const terminate = (reason: string): void => {
    logger.info({ event: 'draining', reason, drainDeadlineMs: options.drainDeadlineMs }, `${name} drains`);
    drainTimer = clock.after(options.drainDeadlineMs, () => {
      logger.fatal(
        { event: 'drain-deadline', waitingFor: closing.at(-1) ?? 'the body to return' },
        `${name} did not drain in time`,
      );
      process.exit(1);
    });
    termination.abort(new Error(`${name} was asked to end by ${reason}`));
  };
  let signalledAt = -Infinity;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const echo = clock.now() - signalledAt < (options.signalEchoMs ?? 0);
    if (echo) return;
    if (termination.signal.aborted) process.exit(EXIT_CODES[signal]);
    signalledAt = clock.now();
    terminate(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const onOrphaned = (): void => {
    if (!termination.signal.aborted) terminate('the end of its supervisor');
  };
  process.once('disconnect', onOrphaned);
  // The supervisor may have gone while this process was still loading. Without a channel there is no such field.
  if ('connected' in process && !process.connected) onOrphaned();
  process.on('unhandledRejection', (error) => fatal(`${name}: a promise was rejected and nobody handled it`, error));
  process.on('uncaughtException', (error) => fatal(`${name}: an error was thrown and nobody caught it`, error));

  const stack = new AsyncDisposableStack();
  const closeAs = (what: string, close: () => Promise<void> | void): void => {
    stack.defer(async () => {
      closing.push(what);
      await close();
      closing.pop();
    });
  };
  const life: Life = {
    signal: termination.signal,
    use(what, resource) {
      closeAs(what, async () => {
        if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
        else resource[Symbol.dispose]();
      });
      return resource;
    },
    defer: closeAs,
    ready: (urls) => {
      logger.info({ event: 'ready', urls }, `${name} is ready`);
    },
    terminationRequested: () =>
      termination.signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => {
            termination.signal.addEventListener(
              'abort',
              () => {
                resolve();
              },
              { once: true },
            );
            keepAlive(termination.signal);
          }),
  };

  let exitCode = 0;
  try {
    await body(life);
  } catch (error) {
    // The body may end by the signal that it was given: that is no failure.
    if (!termination.signal.aborted || error !== termination.signal.reason) {
      logFatal(error instanceof PortolanError ? `${name}: ${error.message}` : `${name} failed`, error);
      exitCode = 1;
    }
  }
  try {
    await stack.disposeAsync();
  } catch (error) {
    logFatal(`${name} could not close everything`, error);
    exitCode = 1;
  }
  drainTimer?.cancel();
  logger.info({ event: 'ended' }, `${name} has ended`);
  // An IPC channel to a supervisor would keep the loop alive; everything of ours is closed.
  process.exit(exitCode);
}

/** A waiting process without open sockets must not run out of work and end. */
function keepAlive(signal: AbortSignal): void {
  const timer = setInterval(() => undefined, 2 ** 30);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
    },
    { once: true },
  );
}
