import type { Clock, Rng, Timer } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';
import { startChild, type Child, type ChildCommand, type ChildEnd } from './child.ts';
import { StartFailedError } from './errors.ts';

/** A process that crashed starts again after a random part of 1 s, 2 s, 4 s … 15 s: soon, and without a busy loop. */
const RESTART = { baseMs: 1_000, maxMs: 15_000, factor: 2 } as const;
/** A process that lived this long was no crash at the start: the next restart is quick again. */
const STABLE_MS = 30_000;

export interface SupervisedCommand extends ChildCommand {
  /** Lower ones start first and end last. */
  readonly stage: number;
}

export interface SupervisorLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: SupervisorLogger;
  /** Told of every line that a process prints. */
  readonly onLine: (name: string, line: string) => void;
  /** How long the processes of one stage may drain, ms; then they are killed. */
  readonly stageDrainMs: number;
}

/** Disposing ends all processes, the highest stage first. */
export interface Supervisor extends AsyncDisposable {
  /**
   * Starts the processes, the lowest stage alone and then all others, and resolves when every one is ready. From then on one that
   * ends is started again.
   * @throws StartFailedError when one ends before it is ready; the signal's reason when that aborts
   */
  start(commands: readonly SupervisedCommand[], signal: AbortSignal): Promise<void>;
  pids(): readonly number[];
  /** Ends all processes at once, without a word. For the end of this process. */
  killAll(): void;
}

interface Supervised {
  readonly command: SupervisedCommand;
  child: Child;
  failures: number;
  restart: Timer | undefined;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, rng, logger, onLine } = options;
  const processes = new Map<string, Supervised>();
  let ending = false;

  const spawn = (command: SupervisedCommand): Child =>
    startChild(command, (line) => {
      onLine(command.name, line);
    });

  const firstStart = async (command: SupervisedCommand): Promise<void> => {
    const startedAt = clock.now();
    const one: Supervised = { command, child: spawn(command), failures: 0, restart: undefined };
    processes.set(command.name, one);
    const urls = await one.child.ready;
    if (urls === undefined) {
      if (!ending) throw startFailed(command, await one.child.ended);
      return;
    }
    announce(one, urls, startedAt);
    void supervise(one, clock.now());
  };

  const announce = ({ command, child }: Supervised, urls: object, startedAt: number): void => {
    const fields = { event: 'child-ready', process: child.pid, ...urls };
    logger.info(fields, `${command.name} is ready after ${Math.round(clock.now() - startedAt)} ms`);
  };

  /** Waits for the end of a process that should not end, and starts another. */
  const supervise = async (one: Supervised, readyAt: number | undefined): Promise<void> => {
    const end = await one.child.ended;
    if (ending) return;
    const { name } = one.command;
    const stable = readyAt !== undefined && clock.now() - readyAt >= STABLE_MS;
    one.failures = stable ? 1 : one.failures + 1;
    const delayMs = backoff(RESTART, one.failures - 1, rng);
    logger.error(
      { event: 'child-crashed', lines: end.lastLines, restartMs: Math.round(delayMs) },
      `${name} ended (${end.how}) and starts again`,
    );
    one.restart = clock.after(delayMs, () => {
      const startedAt = clock.now();
      one.child = spawn(one.command);
      void one.child.ready.then((urls) => {
        if (urls !== undefined) announce(one, urls, startedAt);
        void supervise(one, urls === undefined ? undefined : clock.now());
      });
    });
  };

  const endStage = async (stage: readonly Supervised[]): Promise<void> => {
    for (const { child } of stage) child.kill('SIGTERM');
    const deadline = clock.after(options.stageDrainMs, () => {
      for (const { child, command } of stage) {
        logger.warn({ event: 'child-killed' }, `${command.name} did not drain in time and is killed`);
        child.kill('SIGKILL');
      }
    });
    await Promise.all(stage.map(({ child }) => child.ended));
    deadline.cancel();
  };

  return {
    start: async (commands, signal) => {
      const lowest = Math.min(...commands.map(({ stage }) => stage));
      for (const together of [
        commands.filter(({ stage }) => stage === lowest),
        commands.filter(({ stage }) => stage > lowest),
      ]) {
        await unlessAborted(Promise.all(together.map(firstStart)), signal);
      }
    },
    pids: () => [...processes.values()].flatMap(({ child }) => child.pid ?? []),
    killAll: () => {
      ending = true;
      for (const { child } of processes.values()) child.kill('SIGKILL');
    },
    [Symbol.asyncDispose]: async () => {
      ending = true;
      for (const { restart } of processes.values()) restart?.cancel();
      const stages = [...new Set([...processes.values()].map(({ command }) => command.stage))].sort((a, b) => b - a);
      for (const stage of stages) {
        await endStage([...processes.values()].filter(({ command }) => command.stage === stage));
      }
    },
  };
}

function startFailed({ name, args }: SupervisedCommand, { how, lastLines }: ChildEnd): StartFailedError {
  const said = lastLines.length === 0 ? 'it said nothing' : `its last lines:\n${lastLines.join('\n')}`;
  return new StartFailedError(`${name} ended before it was ready (${how}); ${said}`, {
    fix: `mend what it says, then start again; alone it is: node ${args.join(' ')}`,
    context: { name, how },
  });
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  // Whichever comes second is nobody's any more.
  work.catch(() => undefined);
  aborted.promise.catch(() => undefined);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
