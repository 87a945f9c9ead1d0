import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readableLine, readLogEntry } from './log-entry.ts';

/** Enough for a stack trace; more would bury the reason. */
const LAST_LINES_MAX = 20;
/** Where Node keeps what it made of our sources: the next start takes half the processor time. */
const COMPILE_CACHE = 'node_modules/.cache/compiled';

export interface ChildCommand {
  readonly name: string;
  /** A script that Node runs, and its arguments. */
  readonly args: readonly string[];
  /** Working folder. */
  readonly cwd: string;
}

export interface ChildEnd {
  /** `exit code 1`, `SIGKILL` */
  readonly how: string;
  readonly lastLines: readonly string[];
}

/** One process of the system. Its life hangs on ours by a channel: it drains when we are gone, however we went. */
export interface Child {
  readonly pid: number | undefined;
  /** The addresses that it names in its ready line; undefined when it ends before. */
  readonly ready: Promise<Readonly<Record<string, string>> | undefined>;
  readonly ended: Promise<ChildEnd>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** @param onLine told of every line it prints */
export function startChild(command: ChildCommand, onLine: (line: string) => void): Child {
  const child = spawn(process.execPath, [...command.args], {
    cwd: command.cwd,
    env: { NODE_COMPILE_CACHE: join(command.cwd, COMPILE_CACHE), ...process.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C reaches us alone, and we end the processes in order. (Windows would open a window.)
    detached: process.platform !== 'win32',
  });
  const ready = Promise.withResolvers<Readonly<Record<string, string>> | undefined>();
  const ended = Promise.withResolvers<ChildEnd>();
  const lastLines: string[] = [];
  let failure: string | undefined;

  const take = (line: string): void => {
    lastLines.push(readableLine(line));
    if (lastLines.length > LAST_LINES_MAX) lastLines.shift();
    onLine(line);
    const entry = readLogEntry(line);
    if (entry?.event === 'ready') ready.resolve(entry.urls ?? {});
  };
  for (const input of [child.stdout, child.stderr]) {
    if (input !== null) createInterface({ input }).on('line', take);
  }
  child.on('error', (error) => {
    failure = error.message;
    if (child.pid === undefined) end(null, null);
  });
  child.once('close', end);

  function end(code: number | null, signal: NodeJS.Signals | null): void {
    ended.resolve({ how: failure ?? signal ?? `exit code ${code ?? 'unknown'}`, lastLines });
    ready.resolve(undefined);
  }

  return {
    pid: child.pid,
    ready: ready.promise,
    ended: ended.promise,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}
