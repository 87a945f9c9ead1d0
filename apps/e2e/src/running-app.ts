import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const repository = join(import.meta.dirname, '../../..');

/** How long one app may take to say that it is ready. A guard against hanging, not a measurement. */
const READY_TIMEOUT_MS = 30_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One app of Portolan as a real process. */
export interface RunningApp extends AsyncDisposable {
  readonly app: string;
  /** What the app's ready line says: `http`, `grpc`, `ops`. */
  readonly urls: Readonly<Record<string, string>>;
  readonly exited: Promise<Exit>;
  /** Everything it printed, newest last. */
  output(): string;
  /** The parsed JSON lines it logged so far. */
  logged(): readonly Readonly<Record<string, unknown>>[];
  /** Signals it, and what it runs in its group. */
  kill(signal: NodeJS.Signals): void;
  readonly pid: number;
}

/** The `host:port` part of one of an app's URLs. */
export function hostPort(app: RunningApp, name: string): string {
  const url = app.urls[name];
  if (url === undefined) throw new Error(`${app.app} named no "${name}" address, only ${JSON.stringify(app.urls)}`);
  return url.replace(/^[a-z]+:\/\//, '');
}

/** A line that is no JSON object is something else that a process prints: npm's heading, say. */
const parseLine = (line: string): Readonly<Record<string, unknown>> | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

/** The environment without what a developer's shell may hold for Portolan, or the runner of this test for its own use. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PORTOLAN_|NX_|npm_|JEST_|NODE_OPTIONS|REDIS_URL|AMQP_URL)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the app's main.ts, run by Node. */
  readonly command?: { readonly program: string; readonly args: readonly string[] };
}

/**
 * Starts an app and waits until it is ready.
 * @throws Error with everything the app printed, when it ends or stays silent instead
 */
export async function startApp(
  app: string,
  flags: readonly string[],
  { env = {}, command }: StartOptions = {},
): Promise<RunningApp> {
  const { program, args } = command ?? { program: process.execPath, args: [mainOf(app)] };
  const child = spawn(program, [...args, ...flags], {
    cwd: repository,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // As a shell starts a job: a group that Ctrl-C reaches as a whole.
    detached: true,
  });
  const lines: string[] = [];
  const exited = exitOf(child);
  const urls = await new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`${app} ${why}:\n${lines.join('\n')}`));
    };
    const timer = setTimeout(() => {
      killGroup(child, 'SIGKILL');
      fail('did not become ready');
    }, READY_TIMEOUT_MS);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`ended before it was ready (${String(code ?? signal)})`);
    });
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const entry = parseLine(line);
      if (entry?.event !== 'ready' || entry.app !== app) return;
      clearTimeout(timer);
      resolve(readUrls(entry.urls));
    });
  });
  return {
    app,
    urls,
    exited,
    pid: child.pid ?? 0,
    output: () => lines.join('\n'),
    logged: () => lines.map(parseLine).filter((entry) => entry !== undefined),
    kill: (signal) => {
      killGroup(child, signal);
    },
    async [Symbol.asyncDispose]() {
      killGroup(child, 'SIGKILL');
      await exited;
    },
  };
}

const mainOf = (app: string): string => join(repository, 'apps', app, 'src/main.ts');

/** The process and what it runs in its group; harmless when they are gone. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, signal);
}

function readUrls(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, url]) => [name, String(url)]));
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

/** Runs an app that is expected to end by itself (`--help`, a refused flag). */
export async function runApp(
  app: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [mainOf(app), ...flags], {
    cwd: repository,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  const exit = await exitOf(child);
  clearTimeout(timer);
  return { ...exit, stdout, stderr };
}
